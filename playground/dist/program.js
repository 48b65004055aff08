globalThis.hufuProgram={
app:{"pages":["pages/index/index","pages/sessions/sessions","pages/profile/profile"],"window":{"navigationBarTitleText":"hufu 虎符","navigationBarBackgroundColor":"@navigationBackground","navigationBarTextStyle":"@navigationText","backgroundColor":"@pageBackground","backgroundTextStyle":"@pullDownText"},"darkmode":true,"themeLocation":"theme.json","lazyCodeLoading":"requiredComponents","componentFramework":"glass-easel","sitemapLocation":"sitemap.json","__usePrivacyCheck__":true,"usingComponents":{},"theme":{"light":{"navigationBackground":"#f2f3f5","navigationText":"black","pageBackground":"#f2f3f5","pullDownText":"dark"},"dark":{"navigationBackground":"#111111","navigationText":"white","pageBackground":"#111111","pullDownText":"light"}}},
components:{"pages/index/index":{"usingComponents":{}},"pages/sessions/sessions":{"navigationBarTitleText":"hufu 虎符","usingComponents":{}},"pages/profile/profile":{"navigationBarTitleText":"hufu 虎符","usingComponents":{"privacy-dialog":"/components/privacy-dialog/privacy-dialog"}},"components/privacy-dialog/privacy-dialog":{"component":true,"usingComponents":{},"styleIsolation":"apply-shared"}},
styles:{"app":"page {\n  --page: #f2f3f5;\n  --card: #ffffff;\n  --text: #1a1a1a;\n  --quiet: #5f6368;\n  --line: #e3e5e8;\n  --control: #f2f3f5;\n  --green: #07c160;\n  --main: #067a3e;\n  --good-text: #06713a;\n  --good: #e7f8ee;\n  --bad-text: #b3261e;\n  --bad: #fdecea;\n\n  min-height: 100%;\n  background: var(--page);\n  color: var(--text);\n  font-size: 15px;\n  line-height: 1.5;\n}\n\n:where([data-theme=\"dark\"]) page {\n    --page: #111111;\n    --card: #1e1e1e;\n    --text: #e6e6e6;\n    --quiet: #a3a3a3;\n    --line: #333333;\n    --control: #2c2c2c;\n    --good-text: #5fe09a;\n    --good: #173525;\n    --bad-text: #ff8a80;\n    --bad: #3a1d1b;\n  }\n\n.page {\n  padding: 12px 16px calc(24px + env(safe-area-inset-bottom));\n}\n\n.card {\n  margin-bottom: 12px;\n  padding: 16px;\n  border-radius: 12px;\n  background: var(--card);\n}\n\n.head {\n  display: flex;\n  align-items: center;\n}\n\n.title {\n  font-size: 17px;\n  font-weight: 600;\n  line-height: 24px;\n}\n\n.hint {\n  margin-top: 4px;\n  color: var(--quiet);\n  font-size: 13px;\n}\n\n.badge {\n  flex: none;\n  margin-left: 8px;\n  padding: 0 8px;\n  border-radius: 10px;\n  background: var(--good);\n  color: var(--good-text);\n  font-size: 12px;\n  line-height: 20px;\n}\n\n.recovery {\n  margin-top: 12px;\n  padding: 6px 12px;\n  border-radius: 8px;\n  background: var(--good);\n  color: var(--good-text);\n  font-size: 13px;\n}\n\n.button {\n  width: auto;\n  min-height: 44px;\n  margin: 12px 0 0;\n  padding: 10px 16px;\n  border-radius: 8px;\n  background: var(--control);\n  color: var(--text);\n  font-size: 16px;\n  font-weight: 500;\n  line-height: 24px;\n}\n.button::after,\n.small::after {\n  border: none;\n}\n.page .button[disabled] {\n  background: var(--control);\n  color: var(--quiet);\n}\n\n.main,\n.page .main[disabled] {\n  background: var(--main);\n  color: #ffffff;\n}\n\n.danger {\n  color: var(--bad-text);\n}\n\n.failure {\n  margin-top: 12px;\n  padding: 12px;\n  border-radius: 8px;\n  background: var(--bad);\n  color: var(--text);\n  font-size: 14px;\n}\n\n.failure-what {\n  color: var(--bad-text);\n  font-weight: 600;\n}\n\n.failure-code {\n  color: var(--quiet);\n  font-size: 12px;\n  word-break: break-all;\n}\n\n.name {\n  color: var(--quiet);\n  font-size: 13px;\n}\n\n.code {\n  font-family: Menlo, Consolas, monospace;\n  font-size: 13px;\n}\n\n.compose {\n  display: flex;\n  align-items: center;\n  margin-top: 12px;\n}\n\n.input {\n  flex: 1;\n  min-width: 0;\n  height: 44px;\n  padding: 0 12px;\n  border-radius: 8px;\n  background: var(--control);\n  color: var(--text);\n}\n\n.placeholder {\n  color: var(--quiet);\n}\n\n.add {\n  flex: none;\n  margin: 0 0 0 8px;\n}","components/privacy-dialog/privacy-dialog":".s0--veil {\n  position: fixed;\n  z-index: 100;\n  top: 0;\n  right: 0;\n  bottom: 0;\n  left: 0;\n  display: flex;\n  align-items: flex-end;\n  background: rgba(0, 0, 0, 0.6);\n}\n\n.s0--dialog {\n  box-sizing: border-box;\n  width: 100%;\n  padding: 20px 16px calc(16px + env(safe-area-inset-bottom));\n  border-radius: 12px 12px 0 0;\n  background: var(--card);\n  color: var(--text);\n}\n\n.s0--words {\n  margin-top: 8px;\n}\n\n.s0--link {\n  color: var(--good-text);\n}\n\n.s0--choice {\n  display: flex;\n}\n\n.s0--half {\n  flex: 1;\n}\n\n.s0--last {\n  margin-left: 12px;\n}","pages/index/index":":where([data-page=\"pages/index/index\"]) .dot {\n  width: 10px;\n  height: 10px;\n  margin-right: 8px;\n  border-radius: 5px;\n  background: var(--quiet);\n}\n\n:where([data-page=\"pages/index/index\"]) .dot-on {\n  background: var(--green);\n}\n\n:where([data-page=\"pages/index/index\"]) .rows {\n  margin-top: 4px;\n}\n\n:where([data-page=\"pages/index/index\"]) .row {\n  padding: 8px 0;\n  border-bottom: 1px solid var(--line);\n}\n\n:where([data-page=\"pages/index/index\"]) .row:last-child {\n  border-bottom: none;\n  padding-bottom: 0;\n}\n\n:where([data-page=\"pages/index/index\"]) .line {\n  display: flex;\n  align-items: center;\n  justify-content: space-between;\n}\n\n:where([data-page=\"pages/index/index\"]) .value {\n  word-break: break-all;\n}\n\n:where([data-page=\"pages/index/index\"]) .small {\n  flex: none;\n  min-height: 28px;\n  margin: 0;\n  padding: 0 12px;\n  border-radius: 6px;\n  background: var(--control);\n  color: var(--text);\n  font-size: 13px;\n  line-height: 28px;\n}\n\n:where([data-page=\"pages/index/index\"]) .notes {\n  margin-top: 4px;\n}\n\n:where([data-page=\"pages/index/index\"]) .note {\n  padding: 10px 0;\n  border-bottom: 1px solid var(--line);\n  word-break: break-all;\n}","pages/sessions/sessions":":where([data-page=\"pages/sessions/sessions\"]) .loading {\n  padding: 32px 0;\n  text-align: center;\n}","pages/profile/profile":":where([data-page=\"pages/profile/profile\"]) .person {\n  display: flex;\n  align-items: center;\n  margin-top: 12px;\n}\n\n:where([data-page=\"pages/profile/profile\"]) .avatar {\n  flex: none;\n  width: 64px;\n  height: 64px;\n  margin: 0 12px 0 0;\n  padding: 0;\n  border-radius: 32px;\n  background: var(--control);\n  line-height: 64px;\n}\n\n:where([data-page=\"pages/profile/profile\"]) .avatar::after {\n  border: none;\n}\n\n:where([data-page=\"pages/profile/profile\"]) .picture {\n  display: block;\n  width: 64px;\n  height: 64px;\n  border-radius: 32px;\n}\n\n:where([data-page=\"pages/profile/profile\"]) .nobody {\n  color: var(--quiet);\n  font-size: 28px;\n  text-align: center;\n}\n\n:where([data-page=\"pages/profile/profile\"]) .card .name {\n  margin-top: 8px;\n}\n\n:where([data-page=\"pages/profile/profile\"]) .called {\n  font-size: 17px;\n  word-break: break-all;\n}\n\n:where([data-page=\"pages/profile/profile\"]) .fact {\n  display: block;\n  margin-top: 8px;\n  font-size: 17px;\n}\n\n:where([data-page=\"pages/profile/profile\"]) .rows {\n  margin-top: 8px;\n}\n\n:where([data-page=\"pages/profile/profile\"]) .day {\n  display: flex;\n  align-items: baseline;\n  justify-content: space-between;\n  padding: 6px 0;\n  border-bottom: 1px solid var(--line);\n}"},
scopes:{"components/privacy-dialog/privacy-dialog":"s0"},
assets:{},
code:function(given){
var window,self,document,location,history,navigator,screen,top,parent,frames,frameElement,opener,origin,name,status,event,external,fetch,XMLHttpRequest,WebSocket,EventSource,Worker,SharedWorker,localStorage,sessionStorage,indexedDB,caches,cookieStore,alert,confirm,prompt,open,close,print,postMessage,Image,Audio,Option,FormData,Headers,Request,Response,Blob,File,FileReader,URL,URLSearchParams,TextEncoder,TextDecoder,AbortController,AbortSignal,crypto,performance,atob,btoa,structuredClone,queueMicrotask,requestAnimationFrame,cancelAnimationFrame,requestIdleCallback,addEventListener,removeEventListener,dispatchEvent,matchMedia,getComputedStyle,Node,Element,HTMLElement,Event,CustomEvent,EventTarget,MutationObserver,IntersectionObserver,ResizeObserver,customElements,DOMParser,BroadcastChannel,MessageChannel,process,Buffer,hufuProgram,startPhone;
var wx=given.wx,App=given.App,Page=given.Page,Component=given.Component,Behavior=given.Behavior,getApp=given.getApp,getCurrentPages=given.getCurrentPages,console=given.console,setTimeout=given.setTimeout,clearTimeout=given.clearTimeout,setInterval=given.setInterval,clearInterval=given.clearInterval,getRegExp=given.getRegExp,getDate=given.getDate,globalThis=given.globalThis,global=given.global;
return {
templates:(()=>{var G={};var R={};var X=function(a){return a==null?Object.create(null):a};var Y=function(a){return a==null?'':String(a)};var Z=function(a,b){if(a===true)return true;if(a)return a[b]};var P=function(a){return typeof a==='function'?a:()=>{}};var Q={a:function(a){for(var i=0;i<a.length;i++)if(a[i])return a},b:function(b){var a=Object.values(b);for(var i=0;i<a.length;i++)if(a[i])return a}};G["pages/index/index"]=(()=>{var H={};var S;var I=(P)=>{if(!S)S=Object.assign({},(G["templates/notices"]||{})._,H);return S[P]};H[""]=(R,C,D,U)=>{var L=R.c,M=R.m,O=R.r,A={"noteText":new Array(1),"status":new Array(1)},K=U===true,e=(C)=>{},f=(C,T)=>{C||K||U.status?T(Y(D.status),(N)=>{A["status"][0]=(D,E,T)=>{T(N,Y(D.status))}}):T()},g,i=(C,T)=>{var $A=D.isNew;C||K||!!U.isNew||($A?Z(U.t,"newUser"):Z(U.t,"knownUser"))?T(Y($A?X(D.t).newUser:X(D.t).knownUser)):T()},h=(C,T,E)=>{if(g===1){E("wx-text",{},(N,C)=>{if(C)L(N,"badge");if(C)R.i(N,"is-new")},i)}},d=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{var $A=D.user;if(C||K||!!(U.user||($A?undefined:undefined))||undefined)L(N,"dot "+Y($A?"dot-on":""));if(C||K||undefined)O(N,"aria-hidden",true)},e);E("wx-text",{},(N,C)=>{if(C)L(N,"title");if(C)R.i(N,"status")},f);g=D.user?1:0;B(g,h)},j,m=(C,n,o,p,q,r,T,E)=>{var u=(C,T)=>{C||K||Z(p,"name")?T(Y(X(n).name)):T()},v,x=(C,T)=>{C||K||Z(U.t,"copy")?T(Y(X(D.t).copy)):T()},w=(C,T,E)=>{if(v===1){E("wx-button",{},(N,C)=>{if(C)L(N,"small");if(C||K||!!(Z(U.t,"copy")||Z(p,"name"))||undefined)O(N,"aria-label",Y(X(D.t).copy)+" "+Y(X(n).name));if(C||K||Z(p,"value"))R.d(N,"value",X(n).value);if(C)R.v(N,"tap","copy",!1,!1,!1,!1)},x)}},t=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"name")},u);v=X(n).copy?1:0;B(v,w)},y=(C,T)=>{C||K||Z(p,"value")?T(Y(X(n).value)):T()},s=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"line")},t);E("wx-text",{},(N,C)=>{var $A=X(n).copy;if(C||K||!!(Z(p,"copy")||($A?undefined:undefined))||undefined)L(N,"value "+Y($A?"code":""));if(C||K||undefined)O(N,"user-select",true);if(C||K||Z(p,"id"))R.i(N,X(n).id)},y)};E("wx-view",{},(N,C)=>{if(C)L(N,"row")},s)},l=(C,T,E,B,F)=>{F(D.rows,"id",U?U.rows:undefined,[0,"rows"],m)},k=(C,T,E)=>{if(j===1){E("wx-view",{},(N,C)=>{if(C)L(N,"rows")},l)}},n,p,q=(C,T,E,B,F,S,J)=>{var $A=I(p);if(p&&$A)$A(R,C,{recovery:D.recovery},K||(U?{recovery:U.recovery}:Object.create(null))).C(C,T,E,B,F,S,J)},o=(C,T,E,B,F,S,J)=>{if(n===1){p="recovery";B(p,q)}},r,t,u=(C,T,E,B,F,S,J)=>{var $A=I(t);if(t&&$A)$A(R,C,{failure:D.failure,t:D.t},K||(U?{failure:U.failure,t:U.t}:Object.create(null))).C(C,T,E,B,F,S,J)},s=(C,T,E,B,F,S,J)=>{if(r===1){t="failure";B(t,u)}},v=(C,T)=>{var $A=D.user;C||K||!!U.user||($A?Z(U.t,"logInAgain"):Z(U.t,"logIn"))?T(Y($A?X(D.t).logInAgain:X(D.t).logIn)):T()},w=(C,T)=>{C||K||Z(U.t,"openProfile")?T(Y(X(D.t).openProfile)):T()},x=(C,T)=>{C||K||Z(U.t,"openProfileHint")?T(Y(X(D.t).openProfileHint)):T()},c=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"head")},d);j=D.user?1:0;B(j,k);n=D.recoveredIn==="identity"?1:0;B(n,o);r=D.failedIn==="identity"?1:0;B(r,s);E("wx-button",{},(N,C)=>{var $A=D.user;if(C||K||!!(U.user||($A?undefined:undefined))||undefined)L(N,"button "+Y($A?"":"main"));if(C||K||Z(U.pending,"login"))O(N,"loading",X(D.pending).login);if(C||K||Z(U.pending,"login"))O(N,"disabled",X(D.pending).login);if(C)R.v(N,"tap","login",!1,!1,!1,!1);if(C)R.i(N,"login")},v);E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C)R.v(N,"tap","openProfile",!1,!1,!1,!1);if(C)R.i(N,"open-profile")},w);E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},x)},z=(C,T)=>{C||K||Z(U.t,"backend")?T(Y(X(D.t).backend)):T()},A0=(C,T)=>{C||K||Z(U.t,"backendHint")?T(Y(X(D.t).backendHint)):T()},C0=(C,D0,E0,F0,G0,H0,T,E)=>{var I0=(C,T)=>{C||K||Z(F0,"text")?T(Y(X(D0).text)):T()};E("wx-view",{},(N,C)=>{if(C)L(N,"note")},I0)},D0,F0=(C,T)=>{C||K||Z(U.t,"noNotes")?T(Y(X(D.t).noNotes)):T()},E0=(C,T,E)=>{if(D0===1){E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},F0)}},B0=(C,T,E,B,F)=>{F(D.notes,"id",U?U.notes:undefined,[0,"notes"],C0);D0=D.noNotes?1:0;B(D0,E0)},G0,I0,J0=(C,T,E,B,F,S,J)=>{var $A=I(I0);if(I0&&$A)$A(R,C,{recovery:D.recovery},K||(U?{recovery:U.recovery}:Object.create(null))).C(C,T,E,B,F,S,J)},H0=(C,T,E,B,F,S,J)=>{if(G0===1){I0="recovery";B(I0,J0)}},K0,M0,N0=(C,T,E,B,F,S,J)=>{var $A=I(M0);if(M0&&$A)$A(R,C,{failure:D.failure,t:D.t},K||(U?{failure:U.failure,t:U.t}:Object.create(null))).C(C,T,E,B,F,S,J)},L0=(C,T,E,B,F,S,J)=>{if(K0===1){M0="failure";B(M0,N0)}},P0=(C)=>{},Q0=(C,T)=>{C||K||Z(U.t,"addNote")?T(Y(X(D.t).addNote)):T()},O0=(C,T,E)=>{E("wx-input",{},(N,C)=>{if(C)L(N,"input");if(C||K||U.noteText)O(N,"value",D.noteText);A["noteText"][0]=(D,E,T)=>{O(N,"value",D.noteText);E(N)};if(C||K||Z(U.t,"noteText"))O(N,"placeholder",X(D.t).noteText);if(C)O(N,"placeholder-class","placeholder");if(C)O(N,"maxlength","200");if(C)O(N,"confirm-type","done");if(C||K||Z(U.t,"noteText"))O(N,"aria-label",X(D.t).noteText);if(C)R.v(N,"input","writeNote",!1,!1,!1,!1);if(C)R.v(N,"confirm","addNote",!1,!1,!1,!1);if(C)R.i(N,"note-text")},P0);E("wx-button",{},(N,C)=>{if(C)L(N,"button add");if(C||K||Z(U.pending,"add"))O(N,"loading",X(D.pending).add);if(C||K||Z(U.pending,"add"))O(N,"disabled",X(D.pending).add);if(C)R.v(N,"tap","addNote",!1,!1,!1,!1);if(C)R.i(N,"add-note")},Q0)},R0=(C,T)=>{C||K||Z(U.t,"loadNotes")?T(Y(X(D.t).loadNotes)):T()},y=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"title")},z);E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},A0);E("wx-view",{},(N,C)=>{if(C)L(N,"notes");if(C)R.i(N,"notes")},B0);G0=D.recoveredIn==="backend"?1:0;B(G0,H0);K0=D.failedIn==="backend"?1:0;B(K0,L0);E("wx-view",{},(N,C)=>{if(C)L(N,"compose")},O0);E("wx-button",{},(N,C)=>{var $A=D.user;if(C||K||!!(U.user||($A?undefined:undefined))||undefined)L(N,"button "+Y($A?"main":""));if(C||K||Z(U.pending,"notes"))O(N,"loading",X(D.pending).notes);if(C||K||Z(U.pending,"notes"))O(N,"disabled",X(D.pending).notes);if(C)R.v(N,"tap","loadNotes",!1,!1,!1,!1);if(C)R.i(N,"call-backend")},R0)},T0=(C,T)=>{C||K||Z(U.t,"session")?T(Y(X(D.t).session)):T()},U0,X0=(C,Y0,Z0,a0,b0,c0,T,E)=>{var d0=(C,T)=>{C||K||a0?T(Y(Y0)):T()};E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},d0)},W0=(C,T,E,B,F)=>{F(D.checked,"*this",U?U.checked:undefined,[0,"checked"],X0)},V0=(C,T,E)=>{if(U0===1){E("wx-view",{},(N,C)=>{if(C)R.i(N,"checked")},W0)}},Y0,a0,b0=(C,T,E,B,F,S,J)=>{var $A=I(a0);if(a0&&$A)$A(R,C,{recovery:D.recovery},K||(U?{recovery:U.recovery}:Object.create(null))).C(C,T,E,B,F,S,J)},Z0=(C,T,E,B,F,S,J)=>{if(Y0===1){a0="recovery";B(a0,b0)}},c0,e0,f0=(C,T,E,B,F,S,J)=>{var $A=I(e0);if(e0&&$A)$A(R,C,{failure:D.failure,t:D.t},K||(U?{failure:U.failure,t:U.t}:Object.create(null))).C(C,T,E,B,F,S,J)},d0=(C,T,E,B,F,S,J)=>{if(c0===1){e0="failure";B(e0,f0)}},g0=(C,T)=>{C||K||Z(U.t,"check")?T(Y(X(D.t).check)):T()},h0=(C,T)=>{C||K||Z(U.t,"sessions")?T(Y(X(D.t).sessions)):T()},i0,k0=(C,T)=>{C||K||Z(U.t,"logOut")?T(Y(X(D.t).logOut)):T()},j0=(C,T,E)=>{if(i0===1){E("wx-button",{},(N,C)=>{if(C)L(N,"button danger");if(C||K||Z(U.pending,"logout"))O(N,"loading",X(D.pending).logout);if(C||K||Z(U.pending,"logout"))O(N,"disabled",X(D.pending).logout);if(C)R.v(N,"tap","logout",!1,!1,!1,!1);if(C)R.i(N,"logout")},k0)}},S0=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"title")},T0);U0=X(D.checked).length?1:0;B(U0,V0);Y0=D.recoveredIn==="session"?1:0;B(Y0,Z0);c0=D.failedIn==="session"?1:0;B(c0,d0);E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C||K||Z(U.pending,"check"))O(N,"loading",X(D.pending).check);if(C||K||Z(U.pending,"check"))O(N,"disabled",X(D.pending).check);if(C)R.v(N,"tap","check",!1,!1,!1,!1);if(C)R.i(N,"check")},g0);E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C)R.v(N,"tap","openSessions",!1,!1,!1,!1);if(C)R.i(N,"open-sessions")},h0);i0=D.user?1:0;B(i0,j0)},b=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"card")},c);E("wx-view",{},(N,C)=>{if(C)L(N,"card")},y);E("wx-view",{},(N,C)=>{if(C)L(N,"card")},S0)},a=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"page")},b)};;return {C:a,B:A}};return Object.assign(function(R){return H[R]},{_:H})})();G["templates/notices"]=(()=>{var H={};var S;var I=(P)=>{if(!S)S=Object.assign({},H);return S[P]};H["failure"]=(R,C,D,U)=>{var L=R.c,M=R.m,O=R.r,A={},K=U===true,c=(C,T)=>{C||K||Z(U.failure,"what")?T(Y(X(D.failure).what)):T()},d=(C,T)=>{C||K||Z(U.failure,"advice")?T(Y(X(D.failure).advice)):T()},f=(C,T)=>{C||K||Z(U.failure,"code")?T(Y(X(D.failure).code)):T()},e=(C,T,E)=>{E("wx-text",{},(N,C)=>{if(C||K||undefined)O(N,"user-select",true)},f)},g,j=(C,T)=>{C||K||Z(U.failure,"requestId")?T(Y(X(D.failure).requestId)):T()},i=(C,T,E)=>{C||K||Z(U.t,"requestId")?T(Y(X(D.t).requestId)):T();E("wx-text",{},(N,C)=>{if(C||K||undefined)O(N,"user-select",true)},j)},h=(C,T,E)=>{if(g===1){E("wx-view",{},(N,C)=>{if(C)L(N,"failure-code")},i)}},b=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"failure-what")},c);E("wx-view",{},(N,C)=>{},d);E("wx-view",{},(N,C)=>{if(C)L(N,"failure-code")},e);g=X(D.failure).requestId?1:0;B(g,h)},a=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"failure");if(C)O(N,"aria-role","alert");if(C)R.i(N,"message")},b)};;return {C:a,B:A}};H["recovery"]=(R,C,D,U)=>{var L=R.c,M=R.m,O=R.r,A={},K=U===true,b=(C,T)=>{C||K||U.recovery?T(Y(D.recovery)):T()},a=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"recovery");if(C)O(N,"aria-live","polite");if(C)R.i(N,"recovery")},b)};;return {C:a,B:A}};H[""]=(R,C,D,U)=>{var L=R.c,M=R.m,O=R.r,A={},K=U===true,a=(C)=>{};;return {C:a,B:A}};return Object.assign(function(R){return H[R]},{_:H})})();G["pages/profile/profile"]=(()=>{var H={};var S;var I=(P)=>{if(!S)S=Object.assign({},(G["templates/notices"]||{})._,H);return S[P]};H[""]=(R,C,D,U)=>{var L=R.c,M=R.m,O=R.r,A={},K=U===true,d=(C,T)=>{C||K||Z(U.t,"profile")?T(Y(X(D.t).profile)):T()},e=(C,T)=>{C||K||Z(U.t,"profileHint")?T(Y(X(D.t).profileHint)):T()},f,i,l,n=(C)=>{},o=(C,T)=>{C?T("+"):T()},m=(C,T,E)=>{if(l===1){E("wx-image",{},(N,C)=>{if(C)L(N,"picture");if(C||K||Z(U.user,"avatar_url"))O(N,"src",X(D.user).avatar_url);if(C)O(N,"mode","aspectFill");if(C||K||undefined)O(N,"aria-hidden",true);if(C)R.i(N,"avatar-image")},n)}else{E("wx-view",{},(N,C)=>{if(C)L(N,"picture nobody");if(C||K||undefined)O(N,"aria-hidden",true)},o)}},k=(C,T,E,B)=>{l=X(D.user).avatar_url?1:0;B(l,m)},p=(C)=>{},j=(C,T,E)=>{if(i===1){E("wx-button",{},(N,C)=>{if(C)L(N,"avatar");if(C)O(N,"open-type","chooseAvatar");if(C||K||Z(U.pending,"avatar"))O(N,"loading",X(D.pending).avatar);if(C||K||Z(U.pending,"avatar"))O(N,"disabled",X(D.pending).avatar);if(C||K||Z(U.t,"chooseAvatar"))O(N,"aria-label",X(D.t).chooseAvatar);if(C)R.v(N,"chooseavatar","takeAvatar",!1,!1,!1,!1);if(C)R.i(N,"avatar")},k)}else if(i===2){E("wx-image",{},(N,C)=>{if(C)L(N,"picture");if(C||K||Z(U.user,"avatar_url"))O(N,"src",X(D.user).avatar_url);if(C)O(N,"mode","aspectFill");if(C||K||undefined)O(N,"aria-hidden",true)},p)}},q=(C,T)=>{C||K||!!(Z(U.user,"nickname")||Z(U.t,"noNickname"))||undefined?T(Y(X(D.user).nickname||X(D.t).noNickname)):T()},h=(C,T,E,B)=>{i=X(D.can).avatar?1:X(D.user).avatar_url?2:0;B(i,j);E("wx-text",{},(N,C)=>{if(C)L(N,"called");if(C||K||undefined)O(N,"user-select",true);if(C)R.i(N,"nickname")},q)},g=(C,T,E)=>{if(f===1){E("wx-view",{},(N,C)=>{if(C)L(N,"person")},h)}},r,v=(C)=>{},w=(C,T)=>{C||K||Z(U.t,"save")?T(Y(X(D.t).save)):T()},u=(C,T,E)=>{E("wx-input",{},(N,C)=>{if(C)L(N,"input");if(C)O(N,"type","nickname");if(C)O(N,"name","nickname");if(C||K||!!Z(U.user,"nickname")||undefined)O(N,"value",X(D.user).nickname||"");if(C||K||Z(U.t,"nickname"))O(N,"placeholder",X(D.t).nickname);if(C)O(N,"placeholder-class","placeholder");if(C)O(N,"maxlength","32");if(C||K||Z(U.t,"nickname"))O(N,"aria-label",X(D.t).nickname);if(C)R.i(N,"nickname-text")},v);E("wx-button",{},(N,C)=>{if(C)L(N,"button add");if(C)O(N,"form-type","submit");if(C||K||Z(U.pending,"nickname"))O(N,"loading",X(D.pending).nickname);if(C||K||Z(U.pending,"nickname"))O(N,"disabled",X(D.pending).nickname);if(C)R.i(N,"save-nickname")},w)},t=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"compose")},u)},s=(C,T,E)=>{if(r===1){E("wx-form",{},(N,C)=>{if(C)R.v(N,"submit","takeNickname",!1,!1,!1,!1)},t)}},x,z=(C,T)=>{C||K||Z(U.t,"saved")?T(Y(X(D.t).saved)):T()},y=(C,T,E)=>{if(x===1){E("wx-view",{},(N,C)=>{if(C)L(N,"recovery");if(C)O(N,"aria-live","polite");if(C)R.i(N,"saved")},z)}},A0,C0=(C,T)=>{C||K||U.erased?T(Y(D.erased)):T()},B0=(C,T,E)=>{if(A0===1){E("wx-view",{},(N,C)=>{if(C)L(N,"recovery");if(C)O(N,"aria-live","polite");if(C)R.i(N,"erased")},C0)}},D0,F0,G0=(C,T,E,B,F,S,J)=>{var $A=I(F0);if(F0&&$A)$A(R,C,{failure:D.failure,t:D.t},K||(U?{failure:U.failure,t:U.t}:Object.create(null))).C(C,T,E,B,F,S,J)},E0=(C,T,E,B,F,S,J)=>{if(D0===1){F0="failure";B(F0,G0)}},H0,J0=(C,T)=>{C||K||Z(U.t,"logIn")?T(Y(X(D.t).logIn)):T()},I0=(C,T,E)=>{if(H0===1){E("wx-button",{},(N,C)=>{if(C)L(N,"button main");if(C||K||Z(U.pending,"login"))O(N,"loading",X(D.pending).login);if(C||K||Z(U.pending,"login"))O(N,"disabled",X(D.pending).login);if(C)R.v(N,"tap","login",!1,!1,!1,!1);if(C)R.i(N,"log-in")},J0)}},c=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"title")},d);E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},e);f=D.user?1:0;B(f,g);r=D.user?1:0;B(r,s);x=D.saved?1:0;B(x,y);A0=D.erased?1:0;B(A0,B0);D0=D.failedIn==="profile"?1:0;B(D0,E0);H0=!D.user?1:0;B(H0,I0)},K0,N0=(C,T)=>{C||K||Z(U.t,"phone")?T(Y(X(D.t).phone)):T()},O0=(C,T)=>{C||K||Z(U.t,"phoneHint")?T(Y(X(D.t).phoneHint)):T()},P0=(C,T)=>{C||K||!!(Z(U.user,"phone_number")||Z(U.t,"noPhone"))||undefined?T(Y(X(D.user).phone_number||X(D.t).noPhone)):T()},Q0,S0,T0=(C,T,E,B,F,S,J)=>{var $A=I(S0);if(S0&&$A)$A(R,C,{failure:D.failure,t:D.t},K||(U?{failure:U.failure,t:U.t}:Object.create(null))).C(C,T,E,B,F,S,J)},R0=(C,T,E,B,F,S,J)=>{if(Q0===1){S0="failure";B(S0,T0)}},U0,W0=(C,T)=>{C||K||Z(U.t,"takePhone")?T(Y(X(D.t).takePhone)):T()},X0,Z0=(C,T)=>{C||K||Z(U.t,"takePhoneNow")?T(Y(X(D.t).takePhoneNow)):T()},Y0=(C,T,E)=>{if(X0===1){E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C)O(N,"open-type","getRealtimePhoneNumber");if(C||K||Z(U.pending,"phone"))O(N,"disabled",X(D.pending).phone);if(C)R.v(N,"getrealtimephonenumber","takePhone",!1,!1,!1,!1);if(C)R.i(N,"take-phone-now")},Z0)}},a0=(C,T)=>{C||K||Z(U.t,"phoneAgain")?T(Y(X(D.t).phoneAgain)):T()},V0=(C,T,E,B)=>{if(U0===1){E("wx-button",{},(N,C)=>{if(C)L(N,"button main");if(C)O(N,"open-type","getPhoneNumber");if(C||K||Z(U.pending,"phone"))O(N,"loading",X(D.pending).phone);if(C||K||Z(U.pending,"phone"))O(N,"disabled",X(D.pending).phone);if(C)R.v(N,"getphonenumber","takePhone",!1,!1,!1,!1);if(C)R.i(N,"take-phone")},W0);X0=X(D.can).realtime?1:0;B(X0,Y0)}else{E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C)R.v(N,"tap","askPhoneAgain",!1,!1,!1,!1);if(C)R.i(N,"phone-again")},a0)}},M0=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"title")},N0);E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},O0);E("wx-text",{},(N,C)=>{if(C)L(N,"fact");if(C||K||undefined)O(N,"user-select",true);if(C)R.i(N,"phone-number")},P0);Q0=D.failedIn==="phone"?1:0;B(Q0,R0);U0=!X(D.user).phone_number||D.phoneAgain?1:0;B(U0,V0)},L0=(C,T,E)=>{if(K0===1){E("wx-view",{},(N,C)=>{if(C)L(N,"card")},M0)}},b0,e0=(C,T)=>{C||K||Z(U.t,"steps")?T(Y(X(D.t).steps)):T()},f0=(C,T)=>{C||K||Z(U.t,"stepsHint")?T(Y(X(D.t).stepsHint)):T()},g0,j0=(C,k0,l0,m0,n0,o0,T,E)=>{var q0=(C,T)=>{C||K||Z(m0,"day")?T(Y(X(k0).day)):T()},r0=(C,T)=>{C||K||!!(Z(m0,"step")||Z(U.t,"stepsUnit"))||undefined?T(Y(Y(X(k0).step)+Y(X(D.t).stepsUnit))):T()},p0=(C,T,E)=>{E("wx-text",{},(N,C)=>{if(C)L(N,"hint")},q0);E("wx-text",{},(N,C)=>{},r0)};E("wx-view",{},(N,C)=>{if(C)L(N,"day")},p0)},i0=(C,T,E,B,F)=>{F(D.days,"day",U?U.days:undefined,[0,"days"],j0)},h0=(C,T,E)=>{if(g0===1){E("wx-view",{},(N,C)=>{if(C)L(N,"rows");if(C)R.i(N,"days")},i0)}},k0,m0,n0=(C,T,E,B,F,S,J)=>{var $A=I(m0);if(m0&&$A)$A(R,C,{failure:D.failure,t:D.t},K||(U?{failure:U.failure,t:U.t}:Object.create(null))).C(C,T,E,B,F,S,J)},o0,q0=(C,T)=>{C||K||Z(U.t,"openSettings")?T(Y(X(D.t).openSettings)):T()},p0=(C,T,E)=>{if(o0===1){E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C)O(N,"open-type","openSetting");if(C)R.v(N,"opensetting","leaveSettings",!1,!1,!1,!1);if(C)R.i(N,"open-settings")},q0)}},l0=(C,T,E,B,F,S,J)=>{if(k0===1){m0="failure";B(m0,n0);o0=X(D.failure).code==="user_denied"?1:0;B(o0,p0)}},r0=(C,T)=>{C||K||Z(U.t,"takeSteps")?T(Y(X(D.t).takeSteps)):T()},d0=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"title")},e0);E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},f0);g0=X(D.days).length?1:0;B(g0,h0);k0=D.failedIn==="steps"?1:0;B(k0,l0);E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C||K||Z(U.pending,"steps"))O(N,"loading",X(D.pending).steps);if(C||K||Z(U.pending,"steps"))O(N,"disabled",X(D.pending).steps);if(C)R.v(N,"tap","takeSteps",!1,!1,!1,!1);if(C)R.i(N,"take-steps")},r0)},c0=(C,T,E)=>{if(b0===1){E("wx-view",{},(N,C)=>{if(C)L(N,"card")},d0)}},s0,v0=(C,T)=>{C||K||Z(U.t,"older")?T(Y(X(D.t).older)):T()},w0=(C,T)=>{C||K||Z(U.t,"olderHint")?T(Y(X(D.t).olderHint)):T()},x0,z0=(C,T)=>{C||K||U.older?T(Y(D.older)):T()},y0=(C,T,E)=>{if(x0===1){E("wx-view",{},(N,C)=>{if(C)L(N,"recovery");if(C)O(N,"aria-live","polite");if(C)R.i(N,"older")},z0)}},A1,C1,D1=(C,T,E,B,F,S,J)=>{var $A=I(C1);if(C1&&$A)$A(R,C,{failure:D.failure,t:D.t},K||(U?{failure:U.failure,t:U.t}:Object.create(null))).C(C,T,E,B,F,S,J)},B1=(C,T,E,B,F,S,J)=>{if(A1===1){C1="failure";B(C1,D1)}},E1,G1=(C,T)=>{C||K||Z(U.t,"olderProfile")?T(Y(X(D.t).olderProfile)):T()},F1=(C,T,E)=>{if(E1===1){E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C||K||Z(U.pending,"older"))O(N,"loading",X(D.pending).older);if(C||K||Z(U.pending,"older"))O(N,"disabled",X(D.pending).older);if(C)R.v(N,"tap","takeProfile",!1,!1,!1,!1);if(C)R.i(N,"older-profile")},G1)}},H1,J1=(C,T)=>{C||K||Z(U.t,"olderButton")?T(Y(X(D.t).olderButton)):T()},I1=(C,T,E)=>{if(H1===1){E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C)O(N,"open-type","getUserInfo");if(C||K||Z(U.pending,"older"))O(N,"disabled",X(D.pending).older);if(C)R.v(N,"getuserinfo","takeUserInfo",!1,!1,!1,!1);if(C)R.i(N,"older-button")},J1)}},K1,M1=(C,T)=>{C||K||Z(U.t,"olderNone")?T(Y(X(D.t).olderNone)):T()},L1=(C,T,E)=>{if(K1===1){E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},M1)}},u0=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"title")},v0);E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},w0);x0=D.older?1:0;B(x0,y0);A1=D.failedIn==="older"?1:0;B(A1,B1);E1=X(D.can).profile?1:0;B(E1,F1);H1=X(D.can).infoButton?1:0;B(H1,I1);K1=!X(D.can).older?1:0;B(K1,L1)},t0=(C,T,E)=>{if(s0===1){E("wx-view",{},(N,C)=>{if(C)L(N,"card")},u0)}},N1,Q1=(C,T)=>{C||K||Z(U.t,"data")?T(Y(X(D.t).data)):T()},R1=(C,T)=>{C||K||Z(U.t,"userId")?T(Y(X(D.t).userId)):T()},S1=(C,T)=>{C||K||Z(U.user,"id")?T(Y(X(D.user).id)):T()},T1=(C,T)=>{C||K||Z(U.t,"samePerson")?T(Y(X(D.t).samePerson)):T()},U1,W1=(C,T)=>{C||K||!!(Z(U.t,"policyAgreed")||U.agreed)||undefined?T(Y(Y(X(D.t).policyAgreed)+Y(D.agreed))):T()},V1=(C,T,E)=>{if(U1===1){E("wx-view",{},(N,C)=>{if(C)L(N,"recovery");if(C)O(N,"aria-live","polite");if(C)R.i(N,"agreed")},W1)}},X1,Z1,a1=(C,T,E,B,F,S,J)=>{var $A=I(Z1);if(Z1&&$A)$A(R,C,{failure:D.failure,t:D.t},K||(U?{failure:U.failure,t:U.t}:Object.create(null))).C(C,T,E,B,F,S,J)},Y1=(C,T,E,B,F,S,J)=>{if(X1===1){Z1="failure";B(Z1,a1)}},b1=(C,T)=>{C||K||Z(U.t,"policy")?T(Y(X(D.t).policy)):T()},c1,e1=(C,T)=>{C||K||Z(U.t,"agreePolicy")?T(Y(X(D.t).agreePolicy)):T()},d1=(C,T,E)=>{if(c1===1){E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C||K||Z(U.pending,"policy"))O(N,"loading",X(D.pending).policy);if(C||K||Z(U.pending,"policy"))O(N,"disabled",X(D.pending).policy);if(C)R.v(N,"tap","agreePolicy",!1,!1,!1,!1);if(C)R.i(N,"agree-policy")},e1)}},f1=(C,T)=>{C||K||Z(U.t,"eraseHere")?T(Y(X(D.t).eraseHere)):T()},g1=(C,T)=>{C||K||Z(U.t,"eraseEverywhere")?T(Y(X(D.t).eraseEverywhere)):T()},P1=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"title")},Q1);E("wx-view",{},(N,C)=>{if(C)L(N,"name")},R1);E("wx-text",{},(N,C)=>{if(C)L(N,"code");if(C||K||undefined)O(N,"user-select",true);if(C)R.i(N,"user-id")},S1);E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},T1);U1=D.agreed?1:0;B(U1,V1);X1=D.failedIn==="data"?1:0;B(X1,Y1);E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C)R.v(N,"tap","readPolicy",!1,!1,!1,!1);if(C)R.i(N,"read-policy")},b1);c1=!D.agreed?1:0;B(c1,d1);E("wx-button",{},(N,C)=>{if(C)L(N,"button danger");if(C||K||Z(U.pending,"erase"))O(N,"disabled",X(D.pending).erase);if(C)R.v(N,"tap","eraseHere",!1,!1,!1,!1);if(C)R.i(N,"erase-here")},f1);E("wx-button",{},(N,C)=>{if(C)L(N,"button danger");if(C||K||Z(U.pending,"erase"))O(N,"disabled",X(D.pending).erase);if(C)R.v(N,"tap","eraseEverywhere",!1,!1,!1,!1);if(C)R.i(N,"erase-everywhere")},g1)},O1=(C,T,E)=>{if(N1===1){E("wx-view",{},(N,C)=>{if(C)L(N,"card")},P1)}},b=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"card")},c);K0=D.user?1:0;B(K0,L0);b0=D.user?1:0;B(b0,c0);s0=D.user?1:0;B(s0,t0);N1=D.user?1:0;B(N1,O1)},h1=(C)=>{},a=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"page")},b);E("privacy-dialog",{},(N,C)=>{if(C)R.v(N,"refused","privacyRefused",!1,!1,!1,!1)},h1)};;return {C:a,B:A}};return Object.assign(function(R){return H[R]},{_:H})})();G["components/privacy-dialog/privacy-dialog"]=(()=>{var H={};var S;var I=(P)=>{if(!S)S=Object.assign({},H);return S[P]};H[""]=(R,C,D,U)=>{var L=R.c,M=R.m,O=R.r,A={},K=U===true,b,f=(C,T)=>{C||K||Z(U.t,"privacyTitle")?T(Y(X(D.t).privacyTitle)):T()},g=(C,T)=>{C||K||Z(U.t,"privacyText")?T(Y(X(D.t).privacyText)):T()},h=(C,T)=>{C||K||!!(U.name||Z(U.t,"policy"))||undefined?T(Y(D.name||X(D.t).policy)):T()},j=(C,T)=>{C||K||Z(U.t,"privacyRefuse")?T(Y(X(D.t).privacyRefuse)):T()},k=(C,T)=>{C||K||Z(U.t,"privacyAgree")?T(Y(X(D.t).privacyAgree)):T()},i=(C,T,E)=>{E("wx-button",{},(N,C)=>{if(C)L(N,"button half");if(C)R.v(N,"tap","refuse",!1,!1,!1,!1);if(C)R.i(N,"refuse-privacy")},j);E("wx-button",{},(N,C)=>{if(C)L(N,"button main half last");if(C)O(N,"open-type","agreePrivacyAuthorization");if(C)R.v(N,"agreeprivacyauthorization","agree",!1,!1,!1,!1);if(C)R.i(N,"agree-privacy")},k)},e=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"title")},f);E("wx-view",{},(N,C)=>{if(C)L(N,"words")},g);E("wx-button",{},(N,C)=>{if(C)L(N,"button link");if(C)R.v(N,"tap","read",!1,!1,!1,!1);if(C)R.i(N,"read-privacy")},h);E("wx-view",{},(N,C)=>{if(C)L(N,"choice")},i)},d=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"dialog");if(C)O(N,"aria-role","dialog");if(C||K||undefined)O(N,"aria-modal",true);if(C||K||Z(U.t,"privacyTitle"))O(N,"aria-label",X(D.t).privacyTitle);if(C)R.i(N,"privacy")},e)},c=(C,T,E)=>{if(b===1){E("wx-view",{},(N,C)=>{if(C)L(N,"veil")},d)}},a=(C,T,E,B)=>{b=D.open?1:0;B(b,c)};;return {C:a,B:A}};return Object.assign(function(R){return H[R]},{_:H})})();G["pages/sessions/sessions"]=(()=>{var H={};var S;var I=(P)=>{if(!S)S=Object.assign({},(G["templates/notices"]||{})._,H);return S[P]};H[""]=(R,C,D,U)=>{var L=R.c,M=R.m,O=R.r,A={},K=U===true,c,e=(C,T)=>{C||K||Z(U.t,"loading")?T(Y(X(D.t).loading)):T()},d=(C,T,E)=>{if(c===1){E("wx-view",{},(N,C)=>{if(C)L(N,"hint loading")},e)}},f,i,j=(C,T,E,B,F,S,J)=>{var $A=I(i);if(i&&$A)$A(R,C,{failure:D.failure,t:D.t},K||(U?{failure:U.failure,t:U.t}:Object.create(null))).C(C,T,E,B,F,S,J)},k=(C,T)=>{C||K||Z(U.t,"again")?T(Y(X(D.t).again)):T()},h=(C,T,E,B,F,S,J)=>{i="failure";B(i,j);E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C)R.v(N,"tap","load",!1,!1,!1,!1)},k)},g=(C,T,E)=>{if(f===1){E("wx-view",{},(N,C)=>{if(C)L(N,"card")},h)}},m=(C,n,o,p,q,r,T,E)=>{var u=(C,T)=>{C||K||Z(p,"device")?T(Y(X(n).device)):T()},v,x=(C,T)=>{C||K||Z(U.t,"current")?T(Y(X(D.t).current)):T()},w=(C,T,E)=>{if(v===1){E("wx-text",{},(N,C)=>{if(C)L(N,"badge current")},x)}},t=(C,T,E,B)=>{E("wx-text",{},(N,C)=>{if(C)L(N,"title")},u);v=X(n).current?1:0;B(v,w)},y,A0=(C,T)=>{C||K||Z(p,"system")?T(Y(X(n).system)):T()},z=(C,T,E)=>{if(y===1){E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},A0)}},B0=(C,T)=>{C||K||!!(Z(U.t,"createdAt")||Z(p,"createdAt"))||undefined?T(Y(Y(X(D.t).createdAt)+Y(X(n).createdAt))):T()},C0=(C,T)=>{C||K||!!(Z(U.t,"lastUsedAt")||Z(p,"lastUsedAt"))||undefined?T(Y(Y(X(D.t).lastUsedAt)+Y(X(n).lastUsedAt))):T()},D0=(C,T)=>{var $A=X(n).current;C||K||!!Z(p,"current")||($A?Z(U.t,"logOut"):Z(U.t,"end"))?T(Y($A?X(D.t).logOut:X(D.t).end)):T()},s=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"head")},t);y=X(n).system?1:0;B(y,z);E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},B0);E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},C0);E("wx-button",{},(N,C)=>{var $A=X(n).current;if(C||K||!!(Z(p,"current")||($A?undefined:undefined))||undefined)L(N,"button end "+Y($A?"danger":""));if(C||K||!!(U.ending||Z(p,"id"))||undefined)O(N,"loading",D.ending===X(n).id);if(C||K||!!(U.ending||Z(p,"id"))||undefined)O(N,"disabled",D.ending===X(n).id);var $B=X(n).current;if(C||K||!!(Z(p,"current")||($B?Z(U.t,"logOut"):Z(U.t,"end"))||Z(p,"device"))||undefined)O(N,"aria-label",Y($B?X(D.t).logOut:X(D.t).end)+" "+Y(X(n).device));if(C||K||Z(p,"id"))R.d(N,"id",X(n).id);if(C)R.v(N,"tap","end",!1,!1,!1,!1)},D0)};E("wx-view",{},(N,C)=>{if(C)L(N,"card session")},s)},l=(C,T,E,B,F)=>{F(D.sessions,"id",U?U.sessions:undefined,[0,"sessions"],m)},b=(C,T,E,B)=>{c=D.loading?1:0;B(c,d);f=D.failure?1:0;B(f,g);E("wx-view",{},(N,C)=>{if(C)R.i(N,"session-list")},l)},a=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"page")},b)};;return {C:a,B:A}};return Object.assign(function(R){return H[R]},{_:H})})();return G})(),
modules:{
"app":{requires:{"@hufu/miniprogram":"miniprogram_npm/@hufu/miniprogram/index","@hufu/miniprogram/user-data":"miniprogram_npm/@hufu/miniprogram/user-data","./config":"config","./phone":"phone"},run:function(require,module,exports){"use strict";var _miniprogram = require('@hufu/miniprogram');

var _userdata = require('@hufu/miniprogram/user-data');

var _config = require('./config');
var _phone = require('./phone');

/** What pages get from getApp. */









const { model, system } = _phone.device.call(void 0, )
const hufu = _miniprogram.createHufu.call(void 0, { ..._config.options.call(void 0, ), device: { model, system } })
const userData = _userdata.createUserData.call(void 0, hufu)

App({
  hufu,
  userData,
  // Here and not in a page: WeChat wants logins at launch, and this one asks
  // WeChat only if the session kept from last time is no longer good.
  launched: hufu.login(),

  onLaunch() {
    // The page that waits for the login says what went wrong; a failure that no
    // page waited for is none for the user, the next request logs in.
    this.launched.catch(() => undefined)
  },
})

}},
"miniprogram_npm/@hufu/miniprogram/index":{requires:{},run:function(require,module,exports){"use strict";"use strict";var $=exports;
(()=>{var H=["network","timeout","aborted","interrupted","domain_not_listed","login_failed","invalid_response","invalid_option","http_error"],j=["invalid_request","invalid_code","code_already_used","user_blocked","insufficient_scope","unknown_app","not_found","invalid_token","token_expired","session_revoked","token_reused","login_too_old","session_key_stale","decrypt_failed","watermark_mismatch","signature_mismatch","phone_code_invalid","idempotency_conflict","order_paid","order_closed","order_expired","refund_exceeds_amount","conflict","rate_limited","wechat_quota","wechat_rejected","wechat_unavailable","internal"],B=[...H,...j],f=class extends Error{constructor(e,t={}){super(je(e,t)),Object.assign(this,{status:0,requestId:""},t,{name:"HufuError",code:e})}};function je(r,e){var n,o;let t=(o=(n=e.detail)!=null?n:e.errMsg)!=null?o:e.status?`HTTP ${e.status}`:"";return t?`${r}: ${t}`:r}function y(r,e){return new f("invalid_option",{field:r,detail:e})}function p(r,e){return r instanceof f?r:new f(e,{detail:r instanceof Error?r.message:String(r)})}function re(r,e){var o,i;let t={},n=(o=r.header)!=null?o:{};return Object.keys(n).forEach(s=>{t[s.toLowerCase()]=String(n[s])}),{status:Number(r.statusCode),header:t,data:e?ne(r.data):r.data,requestId:(i=t["x-request-id"])!=null?i:""}}function ne(r){if(typeof r!="string"||!/^\s*[[{"]/.test(r))return r;try{return JSON.parse(r)}catch(e){return r}}function w(r){var o,i;let e=ne(r.data instanceof ArrayBuffer?Se(r.data):r.data),t=h(e)?e:{},n=(o=D(t.retry_after))!=null?o:D(r.header["retry-after"]);return new f(A(t.code)||"http_error",{status:r.status,requestId:(i=A(t.request_id))!=null?i:r.requestId,retryAfter:n,detail:A(t.detail),field:A(t.field),wechatErrcode:D(t.wechat_errcode),body:e})}function oe(r){var t;let e=(t=r.errMsg)!=null?t:"";return new f(Ae(e,r.errno),{errMsg:e,errno:r.errno})}function Ae(r,e){return e===600002||/domain list/i.test(r)?"domain_not_listed":e===600003||/interrupted/i.test(r)?"interrupted":e===5||/timed? ?out|超时/i.test(r)?"timeout":e===600009||/invalid url|no such|file.+(found|exist)/i.test(r)?"invalid_option":"network"}function Se(r){let e=Array.from(new Uint8Array(r)).map(t=>"%"+(t+256).toString(16).slice(1)).join("");try{return decodeURIComponent(e)}catch(t){return""}}function h(r){return typeof r=="object"&&r!==null&&!Array.isArray(r)}function A(r){return typeof r=="string"?r:void 0}function D(r){let e=typeof r=="string"&&r!==""?Number(r):r;return typeof e=="number"&&isFinite(e)?e:void 0}function v(r,e){let t=setTimeout(e,r);return()=>clearTimeout(t)}function S(r,e){let t=()=>{};return e.f(new Promise(o=>{t=v(r,o)})).catch(o=>{throw t(),o})}function ie(r){v(0,()=>{throw r})}var We=2e3;function E(r,e,t){return new Promise((n,o)=>{let i,s=!1,a=()=>{},u=()=>{},d=m=>{s||(s=!0,a(),u(),m())},c=m=>d(()=>{o(m),i&&typeof i.abort=="function"&&i.abort()});if(u=t.k(()=>c(new f("aborted"))),s)return;a=v(e.timeout+We,()=>c(new f("timeout")));let l=m=>d(()=>{var te;let ee=re(m,!!e.file||((te=e.dataType)!=null?te:"json")==="json");ee.status>0?n(ee):o(new f("invalid_response",{detail:"there is no status"}))}),g=m=>d(()=>o(oe(m!=null?m:{})));try{i=e.file?Re(r,e,l,g):Le(r,e,l,g)}catch(m){d(()=>o(new f("invalid_option",{errMsg:String(m)})))}})}function Le(r,e,t,n){let{url:o,method:i,header:s,timeout:a,data:u,dataType:d,responseType:c}=e,l={url:o,method:i,header:s,timeout:a,success:t,fail:n};return u!==void 0&&(l.data=u),d!==void 0&&(l.dataType=d),c!==void 0&&(l.responseType=c),r.request(l)}function Re(r,e,t,n){let{url:o,header:i,timeout:s,data:a,file:u}=e,d={url:o,filePath:u==null?void 0:u.path,name:u==null?void 0:u.name,header:i,timeout:s,success:t,fail:n};return a!==void 0&&(d.formData=a),r.uploadFile(d)}var Ie=3,Ue=300;function qe(r){return r instanceof f&&r.errno===600007}var W=class{constructor(e,t){this.e=e;this.o=t}async run(e,t,n){let o=!1;for(let i=0;;){e.auth!=="none"&&await t.f(this.session(e,n));let s=new G(this.e,e,t),a;try{a=await s.answer()}catch(c){let l=qe(c);if(!(l||e.idempotent&&s.D(c))||i++===Ie)throw c;l&&await S(Ue*i,t),await t.f(this.e.c.L());continue}if(!a)continue;if(a.status>=200&&a.status<300)return a;let u=w(a),d=a.status===401&&e.auth!=="none"&&!o;if(o=!0,!d||!await t.f(this.o.G(s.b,n,e.auth==="login",u.code)))throw u}}async session(e,t){if(e.auth==="held")return this.o.V();if(await this.o.P(),t!==this.o.y)throw new f("aborted",{detail:"the user has logged out meanwhile"});await this.o.R()}},G=class{constructor(e,t,n){this.e=e;this.call=t;this.T=n;this.b="";this.l=0}answer(){let{n:e,I:t,r:n,c:o}=this.e;return t.run(()=>{var i,s;return this.b=(s=(i=n.t)==null?void 0:i.accessToken)!=null?s:"",this.l=o.l,this.call.auth==="none"?E(e.wx,this.call._,this.T):this.b?E(e.wx,Object.assign({},this.call._,{header:this.z()}),this.T):Promise.resolve(null)},this.T)}D(e){return e instanceof f?e.code==="interrupted"?!0:(e.code==="network"||e.code==="timeout")&&this.l!==this.e.c.l:!1}z(){let e={},t=this.call._.header;return Object.keys(t).forEach(n=>{n.toLowerCase()!=="authorization"&&(e[n]=t[n])}),e.Authorization=`Bearer ${this.b}`,e}};var b=class{constructor(){this.p=!1;this.u=new Set}abort(){this.p||(this.p=!0,this.u.forEach(e=>e()),this.u.clear())}k(e){return this.p?(e(),()=>{}):(this.u.add(e),()=>this.u.delete(e))}f(e){return new Promise((t,n)=>{let o=this.k(()=>n(new f("aborted")));e.then(i=>{o(),t(i)},i=>{o(),n(i)})})}};var V={ms:6e4,O:.2},se={ms:5e3,O:.05};function z(r,e){if(e<r.receivedAt-V.ms)return"soon";let t=r.expiresAt-e,n=r.expiresAt-r.receivedAt;return t<=Math.min(se.ms,n*se.O)?"now":t<=Math.min(V.ms,n*V.O)?"soon":"none"}function P(r,e,t,n=e==null?void 0:e.seed){var a,u;let o=h(r)?r:{},i=h(o.user)?o.user:{};if(![o.access_token,o.refresh_token,o.session_id,i.id].every(d=>typeof d=="string"&&d!=="")||!ae(o.expires_in))throw new f("invalid_response",{detail:"this is no answer of hufu: is the base URL right?"});return{sessionId:o.session_id,user:i,accessToken:o.access_token,refreshToken:o.refresh_token,isNewUser:typeof o.is_new_user=="boolean"?o.is_new_user:(a=e==null?void 0:e.isNewUser)!=null?a:!1,receivedAt:t,expiresAt:t+o.expires_in*1e3,refreshExpiresAt:t+(ae(o.refresh_expires_in)?o.refresh_expires_in:0)*1e3,serial:((u=e==null?void 0:e.serial)!=null?u:0)+1,seed:n}}function ae(r){return typeof r=="number"&&r>0}function ue(r){if(!h(r)||!h(r.user))return!1;let{sessionId:e,accessToken:t,refreshToken:n,receivedAt:o,expiresAt:i,serial:s,seed:a,refreshKey:u}=r;return[e,t,n].every(d=>typeof d=="string"&&d!=="")&&[o,i,s].every(d=>typeof d=="number")&&[a,u].every(d=>d===void 0||typeof d=="string")}function de(r){var e,t;return(t=r.refreshKey)!=null?t:`refresh-generation-${(e=r.seed)!=null?e:r.sessionId}.${r.serial}`}function _(r){let{sessionId:e,user:t,accessToken:n,expiresAt:o,refreshExpiresAt:i,isNewUser:s}=r;return{sessionId:e,user:Object.assign({},t),accessToken:n,expiresAt:o,refreshExpiresAt:i,isNewUser:s}}function x(r,e,t){return new Promise((n,o)=>{let i=v(r,()=>o({errMsg:"no callback in time"})),s=u=>{i(),n(u)},a=u=>{i(),o(u)};try{e(Object.assign({success:s,fail:a},t))}catch(u){a({errMsg:String(u)})}})}var L=class{constructor(){this.u=new Map}on(e,t){var o;let n=(o=this.u.get(e))!=null?o:new Set;return this.u.set(e,n),n.add(t),()=>{n.delete(t)}}w(e,t){var n;Array.from((n=this.u.get(e))!=null?n:[]).forEach(o=>{try{o(t)}catch(i){ie(i)}})}};var R=class{constructor(e){this.wx=e;this.H=!1;this.i=[];this.l=0;this.U=()=>{this.H=!0,this.l++};this.q=()=>{this.H=!1;let e=this.i;this.i=[],e.forEach(t=>t())};var t,n;(t=e.onAppHide)==null||t.call(e,this.U),(n=e.onAppShow)==null||n.call(e,this.q)}L(){return this.H?new Promise(e=>this.i.push(e)):Promise.resolve()}destroy(){var e,t,n,o;(t=(e=this.wx).offAppHide)==null||t.call(e,this.U),(o=(n=this.wx).offAppShow)==null||o.call(n,this.q)}};var I=class{constructor(e){this.Q=e;this.j=0;this.i=[]}run(e,t,n=!1){return new Promise((o,i)=>{let s=()=>{},a={J:()=>{s(),this.j++;let u=()=>{this.j--,this.next()};new Promise(d=>d(e())).then(d=>{u(),o(d)},d=>{u(),i(d)})}};s=t.k(()=>{let u=this.i.indexOf(a);u>=0&&this.i.splice(u,1),i(new f("aborted"))}),!t.p&&(n?this.i.unshift(a):this.i.push(a),this.next())})}next(){for(;this.j<this.Q;){let e=this.i.shift();if(!e)return;e.J()}}};var T=3e3;function fe(r){return{get:e=>x(T,t=>r.getStorage(t),{key:e}).then(t=>t.data,()=>{}),set:(e,t)=>x(T,n=>r.setStorage(n),{key:e,data:t}),remove:e=>x(T,t=>r.removeStorage(t),{key:e})}}var J=1,U=class{constructor(e,t,n){this.storage=e;this.key=t;this.holder=n;this.t=null;this.login=null;this.C=Promise.resolve()}async X(){var t,n;let e=await this.A();this.t=(t=e==null?void 0:e.session)!=null?t:null,this.login=(n=e==null?void 0:e.login)!=null?n:null}s(){return this.C=this.C.then(()=>ce(()=>this.Y())),this.C}async Z(){var n;await this.C;let e=(n=await this.A())==null?void 0:n.session,t=this.t;return!e||!t||e.sessionId!==t.sessionId||(e.refreshToken===t.refreshToken&&e.refreshKey&&(t.refreshKey=e.refreshKey),e.serial<=t.serial)?!1:(this.t=e,!0)}async A(){let e;if(await ce(async()=>{e=await this.storage.get(this.key)}),!h(e)||e.version!==J||e.holder!==this.holder)return;let{session:t,login:n}=e;return{version:J,holder:this.holder,session:ue(t)?t:null,login:Fe(n)?n:null}}async Y(){var s;let{t:e,login:t}=this;if(!e&&!t)return this.storage.remove(this.key);let n=e&&((s=await this.A())==null?void 0:s.session),o=n&&e&&n.sessionId===e.sessionId&&n.serial>e.serial?n:e,i={version:J,holder:this.holder,session:o&&Object.assign({},o),login:t};return this.storage.set(this.key,i)}};function Fe(r){return h(r)&&h(r.body)&&typeof r.key=="string"&&typeof r.at=="number"}function ce(r){return new Promise(e=>{let t=v(T,e),n=()=>{t(),e()};r().then(n,n)})}function le(r){return{n:r,r:new U(r.storage,r.ee,r.holder),I:new I(r.maxInFlight),c:new R(r.wx),m:new L,end:new b}}var $e=2e4;function C(r,e,t,n){let{n:o,I:i,end:s}=r,a=Math.min(o.timeout,$e),u={url:e,method:"POST",data:t,header:Object.assign({"Content-Type":"application/json"},n),timeout:a};return i.run(()=>E(o.wx,u,s),s,!0)}var pe=2e4;function me(r){return r.n.simulator?Ke(r,r.n.simulator):Me(r)}async function Me({n:r}){let e;try{e=await x(pe+2e3,t=>r.wx.login(t),{timeout:pe})}catch(t){let{errMsg:n,errno:o}=t!=null?t:{};throw new f("login_failed",{errMsg:n,errno:o})}return he(e,"wx.login gave no code")}async function Ke(r,e){var n;let t={appid:r.n.appid,user:e.user};try{let o=await C(r,`${e.url}/sim/v1/wx/login`,t,{});if(o.status!==200)throw w(o);return he(o.data,"the simulator gave no code")}catch(o){let{code:i,detail:s,errMsg:a,errno:u,status:d}=p(o,"network");throw i==="aborted"||i==="login_failed"?o:new f("login_failed",{status:d,errMsg:a,errno:u,detail:`the simulator at ${e.url}: ${(n=s!=null?s:a)!=null?n:i}`})}}function he(r,e){let t=h(r)?r.code:void 0;if(typeof t=="string"&&t!=="")return t;throw new f("login_failed",{detail:e})}var ge=16,Ne=500;async function we(r,e){let t=`${e.toString(36)}-${ye()}${ye()}`;try{if(!r.getRandomValues)return t;let{randomValues:n}=await x(Ne,i=>{var s;return(s=r.getRandomValues)==null?void 0:s.call(r,i)},{length:ge}),o=Array.from(new Uint8Array(n));return o.length===ge?o.map(i=>(i+256).toString(16).slice(1)).join(""):t}catch(n){return t}}function ye(){return(Math.random().toString(36).slice(2)+"00000000000").slice(0,11)}var Be=4,De=500,Ge=5e3;function O(r){switch(r.code){case"network":case"timeout":case"interrupted":case"aborted":case"invalid_response":return!0;case"wechat_rejected":return!1}return r.status===429||r.status>=500}async function q(r,e,t){for(let n=1;;n++)try{return await t()}catch(o){let i=p(o,"invalid_response"),s=Ve(i,n);if(n>=Be||s>Ge||e.p||!O(i))throw i;i.code!=="interrupted"&&await S(s,e),await e.f(r.L())}}function Ve(r,e){var n;let t=De*Math.pow(2,e-1)*(.75+Math.random()/2);return Math.max(t,((n=r.retryAfter)!=null?n:0)*1e3)}var ze=28e4;async function Q(r,e,t=!0){let{r:n,n:o}=r,i=e?null:F(n.login,o.now());for(let s=t;;s=!1){i=i!=null?i:await Qe(r);try{let a=await Xe(r,i);return n.t=P(a,null,o.now(),i.key),n.login=null,n.s(),n.t}catch(a){let u=p(a,"invalid_response");if(O(u)||(n.login=i=null,n.s(),!s||!Je(u)))throw u}}}function F(r,e){return r&&e>=r.at&&e-r.at<ze?r:null}function Je(r){return r.code==="invalid_code"||r.code==="code_already_used"||r.code==="idempotency_conflict"}async function Qe(r){var u;let{r:e,n:t}=r,n=await me(r),o=t.now(),i={appid:t.appid,code:n};t.device&&(i.device=t.device);let s=(u=t.consent)==null?void 0:u.call(t);s&&(i.consent=s);let a={key:await we(t.wx,o),at:o,body:i};return e.login=a,await e.s(),a}async function Xe(r,e){let{n:t,c:n,end:o}=r;return q(n,o,async()=>{let i=await C(r,`${t.baseURL}/v1/login`,e.body,{"Idempotency-Key":e.key});if(i.status!==200)throw w(i);return P(i.data,null,0),i.data})}var Ye=["invalid_token","token_expired","session_revoked","token_reused","invalid_request"];function X(r){return Ye.indexOf(r.code)>=0}async function ve(r){let{r:e,n:t,m:n}=r;if(await e.Z())return null;let o=e.t;if(!o)return new f("session_revoked",{detail:"nobody is logged in"});o.refreshKey=de(o),await e.s();try{let i=await Ze(r,o,o.refreshKey);return e.t!==o||(e.t=P(i,o,t.now()),e.s()),null}catch(i){let s=p(i,"invalid_response");if(!X(s))throw s;return e.t!==o?null:(e.t=null,e.s(),n.w("expired",s),s)}}function Ze(r,e,t){let{n,c:o,end:i}=r;return q(o,i,async()=>{let s=await C(r,`${n.baseURL}/v1/refresh`,{refresh_token:e.refreshToken},{"Idempotency-Key":t});if(s.status!==200)throw w(s);return P(s.data,null,0),s.data})}var et=1e4,M=class{constructor(e){this.e=e;this.y=0;this.a=null;this.v=null;this.g=null;this.F="";this.h=e.r.X()}async te(){var n;await this.h;let{r:e,n:t}=this.e;F(e.login,t.now())&&await k(this.login(!1)),(n=e.t)!=null&&n.refreshKey&&await k(this.refresh())}async P(){for(await this.h;this.g;)await k(this.g)}async R(){var e,t;return await this.P(),await this.S(),(t=(e=await this.$())!=null?e:this.e.r.t)!=null?t:this.login(!1)}async V(){if(await this.h,await this.S(),this.e.r.t&&await this.$(),!this.e.r.t)throw new f("session_revoked",{detail:"nobody is logged in"})}async G(e,t,n,o){var s,a;if(n&&(await this.P(),t!==this.y))return!1;await this.S();let{r:i}=this.e;if(i.t&&i.t.accessToken!==e)return!0;if(i.t){if(n&&o!=="session_revoked"&&e===this.F&&this.re(i.t))return!1;let u=await this.refresh();if(u&&!n)throw u;this.F=(a=(s=i.t)==null?void 0:s.accessToken)!=null?a:""}return i.t?!0:n?(await this.login(!1),!0):!1}re(e){let t=this.e.n.now();return Math.abs(t-e.receivedAt)<et&&z(e,t)==="none"}login(e){if(this.a)return this.a;let t=this.v,n=k(t).then(()=>Q(this.e,e));return this.a=n,this.M(n,()=>{this.a=null},o=>{this.e.m.w("login",_(o))}),n}logout(e){if(this.g)return this.g;let t=this.E(e);this.g=t;let n=()=>{this.g=null};return t.then(n,n),t}async E(e){await this.h,await k(this.a);let{r:t,m:n,n:o}=this.e,i=!1;for(;t.t||F(t.login,o.now());)t.t||await this.ne(),t.t&&(await e(),i=!0,t.t=null,t.s());this.y++,t.login=null,await t.s(),i&&n.w("logout",void 0)}async ne(){try{await Q(this.e,!1,!1)}catch(e){if(O(p(e,"invalid_response")))throw e;this.e.r.login=null}}async S(){if(this.a)try{await this.a}catch(e){if(!this.e.r.t)throw e}}async $(){let{r:e,n:t}=this.e;if(!e.t)return null;let n=z(e.t,t.now());if(n==="soon"&&k(this.refresh()),n==="now")try{await this.refresh()}catch(o){if(e.t&&t.now()>=e.t.expiresAt)throw o}return e.t}refresh(){if(this.v)return this.v;let e=this.oe(this.e.r.t);return this.v=e,this.M(e,()=>{this.v=null},t=>{let{t:n}=this.e.r;!t&&n&&this.e.m.w("refresh",_(n))}),e}async oe(e){return this.a&&(await k(this.a),this.e.r.t!==e)?null:ve(this.e)}M(e,t,n){e.then(o=>{t(),n(o)},o=>{t();let i=p(o,"invalid_response");i.code!=="aborted"&&this.e.m.w("error",i)})}};async function k(r){try{await r}catch(e){}}function xe(r,e){let{url:t,data:n,header:o,method:i,timeout:s,auth:a}=e!=null?e:{};return{kind:"request",url:Y(r,t),method:i!=null?i:"GET",data:n,header:Object.assign({},o),timeout:s!=null?s:r.timeout,auth:a!=null?a:!0}}function ke(r,e){let{url:t,formData:n,header:o,timeout:i,auth:s,filePath:a}=e!=null?e:{};if(typeof a!="string"||a==="")throw y("filePath","filePath is the path of a file");return{kind:"upload",url:Y(r,t),method:"POST",data:n,header:Object.assign({},o),timeout:i!=null?i:r.timeout,auth:s!=null?s:!0}}function be(r,e){var c,l,g;let{url:t,method:n,header:o,timeout:i,data:s,auth:a}=r,u={url:t,method:n,header:o,timeout:i,data:s};r.kind==="upload"?u.file={path:(c=e.filePath)!=null?c:"",name:(l=e.name)!=null?l:"file"}:Object.assign(u,{dataType:e.dataType,responseType:e.responseType});let d=n!=="POST"&&n!=="CONNECT";return{_:u,auth:a?"login":"none",idempotent:(g=e.idempotent)!=null?g:d}}async function Pe(r,e,t){var l,g;let n=Object.assign({},t),o=t;for(let m of e)o=(g=await((l=m.request)==null?void 0:l.call(m,o)))!=null?g:o;let{url:i,method:s,data:a,header:u,timeout:d,auth:c}=o;return{kind:n.kind,url:Y(r,i!=null?i:n.url),method:s!=null?s:n.method,data:a,header:u!=null?u:{},timeout:d>0&&isFinite(d)?+d:r.timeout,auth:c!=null?c:n.auth}}async function _e(r,e,t){var u,d;let{data:n,status:o,header:i,requestId:s}=e,a={data:n,status:o,header:i,requestId:s};for(let c of r)a=(d=await((u=c.response)==null?void 0:u.call(c,a,t)))!=null?d:a;return a}function Y(r,e){if(typeof e=="string"&&/^https?:\/\//i.test(e))return e;if(typeof e=="string"&&e.charAt(0)==="/")return r.baseURL+e;throw y("url","url is a path like /v1/me, or an https:// address")}function K(r,e){let t=new b,n=r?r.k(()=>t.abort()):()=>{},o=new Promise((i,s)=>{let a=t.p?Promise.reject(new f("aborted")):Promise.resolve().then(()=>e(t));t.f(a).then(u=>{n(),i(u)},u=>{n(),s(p(u,"invalid_option"))})});return Object.assign(o,{abort:()=>t.abort()})}var tt=20,N=class{constructor(e){this.e=e;this.x=[];this.o=new M(e),this.W=new W(e,this.o),this.K=this.o.te()}get session(){let{t:e}=this.e.r;return e&&_(e)}ready(){return this.K}login(e){return this.d(async()=>(await this.o.P(),_(await(e!=null&&e.force?this.o.login(!0):this.o.R()))))}request(e){return this.N(e,()=>xe(this.e.n,e))}upload(e){return this.N(Object.assign({idempotent:!1},e),()=>ke(this.e.n,e))}me(){var t;let e=(t=this.session)==null?void 0:t.sessionId;return this.d(async(n,o)=>{let{data:i}=await this.ask("GET","/v1/me","login",n,o);return this._keep(Z(i),e)})}_keep(e,t){let{r:n}=this.e,{t:o}=n;return o&&(o.user.id===e.id||o.sessionId===t)&&(o.user=e,n.s()),e}_forget(){return this.o.logout(()=>Promise.resolve())}_consent(e){this.e.n.consent=e}checkSession(e){return this.d(async(t,n)=>{try{let{data:o}=await this.ask("GET",e!=null&&e.wechat?"/v1/session?wechat=true":"/v1/session","held",t,n);return Z(o)}catch(o){let i=p(o,"invalid_response");if(this.B(i))return{active:!1,code:i.code};throw i}})}sessions(){return this.d(async(e,t)=>{let n=[],o=null;for(let i=0;i<tt;i++){let s=typeof o=="string"?`/v1/sessions?cursor=${encodeURIComponent(o)}`:"/v1/sessions",a=Z((await this.ask("GET",s,"login",e,t)).data);if(Array.isArray(a.data)&&n.push(...a.data),o=a.next_cursor,!o)break}return n})}endSession(e){return this.d(async(t,n)=>{var o;if(typeof e!="string"||e==="")throw y("id","id is the session_id of a session");if(await this.o.h,((o=this.e.r.t)==null?void 0:o.sessionId)===e)return this.E();await this.ask("DELETE",`/v1/sessions/${encodeURIComponent(e)}`,"login",t,n)})}logout(){return this.d(()=>this.E())}on(e,t){return this.e.m.on(e,t)}use(e){return this.x=this.x.concat(e),()=>{this.x=this.x.filter(t=>t!==e)}}destroy(){this.e.end.abort(),this.e.c.destroy()}d(e){let{y:t}=this.o;return K(this.e.end,n=>e(n,t))}N(e,t){return this.d(async(n,o)=>{let i=this.x,s=await Pe(this.e.n,i,t()),a=await this.W.run(be(s,e),n,o);return _e(i,a,s)})}ask(e,t,n,o,i){let{baseURL:s,timeout:a}=this.e.n;return this.W.run({_:{url:s+t,method:e,header:{},timeout:a},auth:n,idempotent:!0},o,i)}B(e){return e.status===401||X(e)&&!this.e.r.t}E(){return this.o.logout(async()=>{try{await this.ask("DELETE","/v1/session","held",this.e.end,this.o.y)}catch(e){if(!this.B(p(e,"invalid_response")))throw e}})}};function Z(r){if(h(r))return r;throw new f("invalid_response",{detail:"this is no answer of hufu: is the base URL right?"})}var rt=6e4,nt=10;function Te(r){var d,c,l,g;let e=r!=null?r:{},t=(d=e.wx)!=null?d:typeof wx=="undefined"?void 0:wx;if(!t||typeof t.request!="function")throw y("wx","there is no global wx here: pass one as `wx`");let n=Ce("baseURL",e.baseURL),{appId:o,envVersion:i}=ot(t),s=(c=e.appid)!=null?c:o;if(!s)throw y("appid","there is no appid here: pass one as `appid`");if(i==="release"&&!/^https:..[^:/]*[a-z]/i.test(n))throw y("baseURL","a released mini program calls https and a named host only");let a=i!=null?i:"release",u=e.simulator&&a==="develop"?{url:Ce("simulator.url",e.simulator.url),user:String(e.simulator.user)}:void 0;return{baseURL:n,appid:s,simulator:u,wx:t,device:e.device,timeout:Ee("timeout",e.timeout,rt),maxInFlight:Ee("maxInFlight",e.maxInFlight,nt),storage:(l=e.storage)!=null?l:fe(t),ee:`hufu:${s}:${a}`,holder:u?`${n} ${u.user}`:n,now:(g=e.now)!=null?g:(()=>Date.now())}}function ot(r){var e,t;try{return(t=(e=r.getAccountInfoSync)==null?void 0:e.call(r).miniProgram)!=null?t:{}}catch(n){return{}}}function Ce(r,e){let t=typeof e=="string"?e.replace(/\/+$/,""):"";if(!/^https?:\/\/[^\s?#]+$/.test(t))throw y(r,`${r} must look like https://login.example.com`);return t}function Ee(r,e,t){if(e===void 0)return t;if(!(e>0))throw y(r,`${r} must be above 0`);return e}function Oe(r){let e=()=>K(null,()=>Promise.reject(r)),t=()=>()=>{};return{session:null,ready:()=>Promise.resolve(),login:e,request:e,upload:e,me:e,checkSession:e,sessions:e,endSession:e,logout:e,on:t,use:t,destroy:()=>{}}}function He(r){try{return new N(le(Te(r)))}catch(e){return Oe(p(e,"invalid_option"))}}Object.assign($,{clientCodes:H,createHufu:He,errorCodes:B,HufuError:f,serverCodes:j});})();

}},
"miniprogram_npm/@hufu/miniprogram/user-data":{requires:{"./index.js":"miniprogram_npm/@hufu/miniprogram/index"},run:function(require,module,exports){"use strict";"use strict";var $=exports,$index=require("./index.js");
(()=>{var{HufuError:m}=$index;function a(e){return typeof e=="object"&&e!==null?e:{}}function c(e){return typeof e=="string"?e:""}function j(e){let{errMsg:t,errno:r}=a(e);return{errMsg:c(t),errno:typeof r=="number"?r:void 0}}function E(e){if(c(a(e).id))return e;throw _()}function b(e){let t=a(e).data;if(t)return t;throw _()}function _(){return new m("invalid_response",{detail:"this is no answer of hufu: is the base URL right?"})}function d(e,t){return new m("invalid_option",{field:e,detail:t})}function p(e){return a(e).name==="HufuError"}var S=class{constructor(t,r){this.hufu=t;this.taken=!1;this.refused=!1;var o;let{_consent:n}=a(t);n==null||n.call(t,()=>{if(this.taken=!0,this.next)return this.next;let i=this.refused?null:r==null?void 0:r();return i?A(i):void 0}),r&&((o=t==null?void 0:t.on)==null||o.call(t,"error",({field:i})=>{!this.next&&/^(consent|policyVersion|agreedAt)/.test(c(i))&&(this.refused=!0)}))}async record(t){let r=A(t);this.next=r,this.taken=!1;try{let n=await this.hufu.login({force:!0});return this.taken||(n=await this.hufu.login({force:!0})),this.forget(r),n}catch(n){throw K(n)&&this.forget(r),n}}forget(t){this.next===t&&(this.next=void 0)}};function K(e){return p(e)&&e.status>=400&&e.status<500&&e.status!==429}function A(e){let{policyVersion:t,agreedAt:r}=a(e);if(!c(t))throw d("policyVersion","policyVersion says which policy the user has agreed to");let n=r===void 0?new Date:new Date(r);if(isNaN(n.getTime()))throw d("agreedAt","agreedAt is a Date, ms, or RFC 3339");return{policy_version:c(t),agreed_at:n.toISOString()}}async function C(e,t){let r=()=>e.request({url:t?"/v1/me?scope=user":"/v1/me",method:"DELETE"});try{await r()}catch(o){if(a(o).code!=="login_too_old")throw o;await e.login({force:!0}),await r()}let{_forget:n}=e;await(n?n.call(e):e.logout()).catch(()=>{})}async function l(e,t,r){return(await e.request({url:t,method:"POST",data:r,idempotent:!0})).data}async function h(e,t){var i;let r=(i=e.session)==null?void 0:i.sessionId,n=E(await t()),{_keep:o}=e;return o?o.call(e,n,r):n}function P(e){let{errMsg:t,errno:r}=j(e);return new m(Q(t,r),{errMsg:t,errno:r})}function Q(e,t){if(t===112||t===1025||/privacy agreement|privacy api banned/i.test(e))return"privacy_undeclared";if(t===1400001)return"quota_exhausted";let r=/cancel|den(y|ied)/i.test(e);return/privacy/i.test(e)||t===101102||t===104&&!r?"privacy_denied":t===102||/no permission/i.test(e)?"no_permission":r||t===103||t===104||/unauthorized|disagree/i.test(e)?"user_denied":t===5||/timed? ?out|超时/i.test(e)?"timeout":t===108||/^6000\d\d$/.test(`${t}`)||/net::|network|网络/i.test(e)?"network":"wechat_failed"}function y(e,t){return new Promise((r,n)=>{let o=i=>n(P(i));try{e(Object.assign({success:r,fail:o},t))}catch(i){o({errMsg:String(i)})}})}async function U({hufu:e,wx:t},r){if(!p(r)||r.code!=="wechat_failed"||!t.checkSession||await y(o=>{var i;return(i=t.checkSession)==null?void 0:i.call(t,o)},{}).then(()=>!0,()=>!1))throw r;await e.login({force:!0})}function w(e){let{encryptedData:t,iv:r,errMsg:n}=a(e);if(c(t)&&c(r))return e;throw n?P(e):d("encryptedData","give encryptedData and iv as WeChat gave them")}function X(e){return p(e)&&(e.code==="session_key_stale"||e.code==="decrypt_failed")}async function I(e,t,r,n){try{return await r(t)}catch(o){if(!X(o)||(await e.login({force:!0}),!n))throw o;let i=w(await D(n));if(i.encryptedData===t.encryptedData)throw o;return r(i)}}async function T(e,t,r){let{hufu:n}=e,o=async({encryptedData:u,iv:v})=>b(await l(n,"/v1/me/decrypt",{encrypted_data:u,iv:v})),i=typeof t=="function"?t:void 0,s=r!=null?r:i,f;try{f=w(i?await D(i):t)}catch(u){if(await U(e,u),!s)throw u;return o(w(await D(s)))}return I(n,f,o,s)}async function D(e){try{return await e()}catch(t){throw p(t)?t:P(t instanceof Error?{errMsg:t.message}:t)}}var N="/v1/me/phone";async function R(e,t){let{hufu:r}=e,n=a(a(t).detail),o=c(n.code);if(o)return h(r,()=>Z(()=>l(r,N,{code:o})));let i;try{i=w(Object.assign({errMsg:"there is neither a code nor data in the event"},n))}catch(s){throw await U(e,s),s}return h(r,()=>I(r,i,({encryptedData:s,iv:f})=>l(r,N,{encrypted_data:s,iv:f})))}async function Z(e){try{return await e()}catch(t){if(!p(t)||t.code!=="network"&&t.code!=="timeout")throw t;return e()}}function W(e){let t=[],r;return{onNeedPrivacy(n){return t.push(n),!r&&typeof e.onNeedPrivacyAuthorization=="function"&&(r=B(e,t)),()=>{let o=t.lastIndexOf(n);o<0||(t.splice(o,1),r&&t.indexOf(n)<0&&r(n))}},async getPrivacySetting(){if(!e.getPrivacySetting)return{needAuthorization:!1,privacyContractName:""};let{needAuthorization:n,privacyContractName:o}=await y(i=>{var s;return(s=e.getPrivacySetting)==null?void 0:s.call(e,i)},{});return{needAuthorization:n===!0,privacyContractName:c(o)}},async requirePrivacyAuthorize(){e.requirePrivacyAuthorize&&await y(n=>{var o;return(o=e.requirePrivacyAuthorize)==null?void 0:o.call(e,n)},{})},async openPrivacyContract(){e.openPrivacyContract&&await y(n=>{var o;return(o=e.openPrivacyContract)==null?void 0:o.call(e,n)},{})}}}function B(e,t){var i;let r=[],n,o=s=>{let f=r;r=[],f.forEach(u=>u(s))};return(i=e.onNeedPrivacyAuthorization)==null||i.call(e,(s,f)=>{if(r.push(s),r.length>1)return;let u=r,v=g=>{r===u&&o(g)},H=t[t.length-1];if(n=H,!H)return v({event:"disagree"});try{H({referrer:c(f==null?void 0:f.referrer),shown:()=>{r===u&&u.forEach(g=>g({event:"exposureAuthorization"}))},agree:g=>v({event:"agree",buttonId:g}),disagree:()=>v({event:"disagree"})})}catch(g){throw v({event:"disagree"}),g}}),s=>{s===n&&o({event:"disagree"})}}var Y=/^http:\/\/(tmp|usr|store|127\.0\.0\.1|localhost)[:/]/i;function q(e,t){let{avatarUrl:r,errMsg:n}=a(a(t).detail),o=c(t)||c(r);if(!o)throw n?P({errMsg:n}):d("avatarUrl","give the event of chooseAvatar, or the path of a file");if(/^https?:/i.test(o)&&!Y.test(o))throw d("avatarUrl",'this is the address of a picture and no file: WeChat changes such addresses and lets them end. Use <button open-type="chooseAvatar">');return h(e,async()=>(await e.upload({url:"/v1/me/avatar",filePath:o,name:"file",idempotent:!0})).data)}function z(e,t){let r=typeof t=="string"?t:ee(a(a(t).detail).value);if(r===void 0)throw d("nickname",'give a text, or the event of a form whose <input type="nickname"> has the name nickname');if(!r.trim())throw new m("nickname_empty",{field:"nickname",detail:"the field is empty; WeChat clears what its content check refuses"});return h(e,()=>l(e,"/v1/me",{nickname:r}))}function ee(e){if(typeof e=="string")return e;let t=a(e),r=Object.keys(t),n="nickname"in t?t.nickname:r.length===1?t[r[0]]:void 0;return typeof n=="string"?n:void 0}var te="POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg",L=30;function V(e,t,r){return re(e,t,r).catch(async n=>{throw await U(e,n),n})}function re(e,t,r){let n=a(t);if("detail"in n)return x(e,Object.assign({errMsg:"there is no data in the event"},a(n.detail)),r);if(!("desc"in n))return x(e,t,r);let o=c(n.desc);if(!o||o.length>L)throw d("desc",`desc says what the data is for, in 1 to ${L} characters`);return ne(e,o,r)}async function ne(e,t,r){let{wx:n}=e;if(F(e,"getUserProfile"))return x(e,await y(i=>{var s;return(s=n.getUserProfile)==null?void 0:s.call(n,i)},{desc:t,lang:"zh_CN"}),r);if(!F(e,"getUserInfo"))return G(e);let o=()=>y(i=>{var s;return(s=n.getUserInfo)==null?void 0:s.call(n,i)},{withCredentials:!0,lang:"zh_CN"});return x(e,await o(),r!=null?r:o)}function F({wx:e},t){return typeof e[t]=="function"&&(typeof e.canIUse!="function"||e.canIUse(t))}async function x(e,t,r){let{hufu:n}=e;return oe(a(t))?G(e):{anonymous:!1,user:await h(n,()=>I(n,w(t),i=>{let{rawData:s,signature:f,encryptedData:u,iv:v}=i;return l(n,"/v1/me/userinfo",{raw_data:s,signature:f,encrypted_data:u,iv:v})},r))}}async function G({hufu:e}){return{anonymous:!0,user:(await e.login()).user}}function oe({rawData:e,userInfo:t}){if(!e&&!t)return!1;let{nickName:r,avatarUrl:n,is_demote:o}=Object.assign({},a(t),ie(e)),i=c(n);return o===!0||(!r||r==="微信用户")&&(!i||i.indexOf(te)>=0)}function ie(e){try{return a(JSON.parse(c(e)))}catch(t){return{}}}function M(e,t){var i;let r=(i=t.wx)!=null?i:typeof wx=="undefined"?{}:wx,n={hufu:e,wx:r},o=new S(e,t.consent);return{getPhoneNumber:s=>k(()=>R(n,s)),uploadAvatar:s=>k(()=>q(e,s)),setNickname:s=>k(()=>z(e,s)),getUserInfo:(s,f)=>k(()=>V(n,s,f)),decrypt:(s,f)=>k(()=>T(n,s,f)),recordConsent:s=>k(()=>o.record(s)),erase:s=>k(()=>C(e,(s==null?void 0:s.everywhere)===!0)),privacy:W(r)}}function k(e){return new Promise(t=>t(e())).catch(t=>{throw p(t)?t:new m("invalid_option",{detail:t instanceof Error?t.message:String(t)})})}var O=["user_denied","privacy_denied","no_permission","privacy_undeclared","quota_exhausted","nickname_empty","wechat_failed"];function J(e,t){return M(e,t!=null?t:{})}Object.assign($,{createUserData:J,userDataCodes:O});})();

}},
"config":{requires:{},run:function(require,module,exports){"use strict";Object.defineProperty(exports, "__esModule", {value: true});

/**
 * Where hufu answers. `hufu dev` answers here. A real phone wants https and a
 * host that stands on the mini program's list of request domains
 * (mp.weixin.qq.com, 开发管理, 服务器域名).
 */
const BASE_URL = 'http://127.0.0.1:8080'

/**
 * For WeChat DevTools without an account: there wx.login gives no code that any
 * server could exchange, so the SDK asks hufu's simulator for one, as the person
 * named here. `hufu dev` knows this appid and the people alice, bob and carol.
 * Honoured in the development version alone; delete it, and its use below,
 * when you have an appid of your own.
 */
const SIMULATED = {
  appid: 'wxdd00000000000001',
  simulator: { url: BASE_URL, user: 'alice' },
}

/** What the client is made of; see app.ts. */
 function options() {
  // Whoever hosts this mini program may say where hufu is: hufu's playground
  // does, and its wx.login is good as it is.
  const hosted = (wx.getExtConfigSync() ).hufu?.baseURL
  if (hosted) return { baseURL: hosted }
  return { baseURL: BASE_URL, ...SIMULATED }
} exports.options = options;

}},
"phone":{requires:{},run:function(require,module,exports){"use strict";Object.defineProperty(exports, "__esModule", {value: true});// What WeChat tells of the phone. Base libraries before 2.20.1 have one call for
// all of it, which the younger ones warn about.

/** The language and the theme that WeChat is set to. */
 function settings() {
  return wx.getAppBaseInfo ? wx.getAppBaseInfo() : wx.getSystemInfoSync()
} exports.settings = settings;

/** What the phone is. */
 function device() {
  return wx.getDeviceInfo ? wx.getDeviceInfo() : wx.getSystemInfoSync()
} exports.device = device;

}},
"pages/index/index":{requires:{"../../failures":"failures","../../texts":"texts","../../times":"times"},run:function(require,module,exports){"use strict";

var _failures = require('../../failures');

var _texts = require('../../texts');
var _times = require('../../times');

/** A note of the sample backend. */




















const { hufu, launched } = getApp()
const spoken = _texts.language.call(void 0, )
const t = _texts.textsIn.call(void 0, spoken)

Page({
  data: {
    t,
    status: '',
    user: null ,
    isNew: false,
    rows: [] ,
    recovery: '',
    recoveredIn: '' ,
    notes: [] ,
    noNotes: false,
    noteText: '',
    checked: [] ,
    pending: {} ,
    failure: null ,
    failedIn: '' ,
  },

  /** Where the user tapped last. */
  acting: 'identity' ,

  /** The server has ended the session, and no login has followed yet. */
  over: false,

  /** Takes this page's listeners off the client. */
  silence: [] ,

  /** The logout under way, or the last one. */
  leaving: undefined ,

  /** Stands for the note that is being written, until the backend has it. */
  noteId: '',

  onLoad() {
    this.silence = [
      hufu.on('login', (session) => {
        // Nobody tapped: a request met a session that was over. A login without
        // that is another page's, for a reason that it tells there.
        if (this.over && !this.data.pending.login) this.recovered(t.loggedInSilently)
        this.over = false
        this.show(session)
      }),
      hufu.on('refresh', (session) => {
        this.recovered(t.refreshed)
        this.show(session)
      }),
      hufu.on('expired', () => {
        this.over = true
        this.show(null)
      }),
      hufu.on('logout', () => this.show(null)),
    ]
    this.step('login', 'identity', async () => this.show(await launched))
  },

  onUnload() {
    for (const off of this.silence) off()
  },

  /** Shows who is logged in. */
  show(session) {
    const { pending } = this.data
    this.setData({
      user: session && session.user,
      isNew: session !== null && session.isNewUser,
      rows: session ? rowsOf(session.user) : [],
      status: session ? t.signedIn : pending.login ? t.signingIn : t.signedOut,
    })
  },

  /** Tells that the client helped itself, and when: else nobody would notice. */
  recovered(what) {
    this.setData({ recovery: `${_times.clock.call(void 0, Date.now())} ${what}`, recoveredIn: this.acting })
  },

  /**
   * Does one step at a time of each kind, so that a second tap does nothing,
   * and tells its failure in the card. Never rejects.
   */
  async step(name, card, work) {
    if (this.data.pending[name]) return
    this.acting = card
    this.setData({ [`pending.${name}`]: true, failure: null, failedIn: '', recoveredIn: '' })
    if (name === 'login') this.show(hufu.session)
    try {
      await work()
    } catch (error) {
      this.setData({ failure: _failures.explain.call(void 0, error, spoken), failedIn: card })
    }
    this.setData({ [`pending.${name}`]: false })
    if (name === 'login') this.show(hufu.session)
  },

  login() {
    this.step('login', 'identity', async () => {
      await this.leaving
      // With a session already held it is a new login that is wanted, not that session.
      await hufu.login({ force: hufu.session !== null })
    })
  },

  logout() {
    this.leaving = this.step('logout', 'session', async () => {
      await hufu.logout()
      this.setData({ notes: [], noNotes: false, checked: [] })
    })
  },

  loadNotes() {
    this.step('notes', 'backend', () => this.fetchNotes())
  },

  /** A protected call: login, token, refresh and repetition are the client's business. */
  async fetchNotes() {
    const { data } = await hufu.request({ url: '/sample/notes' })
    this.setData({ notes: data.data, noNotes: data.data.length === 0 })
  },

  writeNote(event) {
    this.noteId = ''
    this.setData({ noteText: event.detail.value })
  },

  addNote() {
    const text = this.data.noteText.trim()
    if (!text) return
    this.step('add', 'backend', async () => {
      // One id for each note, not for each tap: when an answer was lost, the
      // backend knows the repetition by it, and makes no second note.
      this.noteId = this.noteId || newId()
      await hufu.request({ url: '/sample/notes', method: 'POST', data: { text, client_id: this.noteId }, idempotent: true })
      this.noteId = ''
      this.setData({ noteText: '' })
      await this.fetchNotes()
    })
  },

  check() {
    this.step('check', 'session', async () => {
      const status = await hufu.checkSession({ wechat: true })
      this.setData({ checked: words(status) })
    })
  },

  openSessions() {
    wx.navigateTo({ url: '/pages/sessions/sessions' })
  },

  openProfile() {
    wx.navigateTo({ url: '/pages/profile/profile' })
  },

  copy(event) {
    wx.setClipboardData({ data: event.currentTarget.dataset.value })
  },
})

/** What is known of a user, as lines. */
function rowsOf(user) {
  const unionid = user.unionid ?? (user.openid ? t.noUnionid : t.hidden)
  return [
    { id: 'user-id', name: t.userId, value: user.id, copy: true },
    { id: 'openid', name: 'openid', value: user.openid ?? t.hidden, copy: Boolean(user.openid) },
    { id: 'unionid', name: 'unionid', value: unionid, copy: Boolean(user.unionid) },
  ]
}

/** The state of a session in words: ours first, WeChat's session_key apart from it. */
function words(status) {
  if (!status.active) return [t.ended]
  const ours = t.alive + (status.expires_at ? _times.clock.call(void 0, status.expires_at) : '')
  const key = { valid: t.keyValid, expired: t.keyExpired, unknown: t.keyUnknown }
  return [ours, key[status.wechat_session ?? 'unknown']]
}

/** An id that is unique, which is all it has to be: no secret. */
function newId() {
  const random = () => Math.random().toString(36).slice(2)
  return `${Date.now().toString(36)}-${random()}${random()}`
}

}},
"failures":{requires:{"@hufu/miniprogram":"miniprogram_npm/@hufu/miniprogram/index"},run:function(require,module,exports){"use strict";Object.defineProperty(exports, "__esModule", {value: true});var _miniprogram = require('@hufu/miniprogram');




/** A failure as a page shows it. */














// Most of these the user never sees: the SDK refreshes, logs in again or
// repeats by itself, and fails only when that did not help.
const fault = {
  zh: ['小程序出错了。', '请稍后再试；若仍不行，请把下面的代码告诉客服。'],
  en: ['Something is wrong with this mini program.', 'Try later; if it stays, tell support the code below.'],
}
const signInAgain = {
  zh: ['登录已失效。', '请重新登录。'],
  en: ['You are no longer logged in.', 'Log in again.'],
}
const codeRefused = {
  zh: ['微信没有认可这次登录。', '请再点一次登录。'],
  en: ['WeChat did not accept this login.', 'Tap to log in once more.'],
}
const dataStale = {
  zh: ['微信给的数据已过时。', '请再授权一次。'],
  en: ['What WeChat gave is out of date.', 'Allow it once more.'],
}
const dataForged = {
  zh: ['微信给的数据没有通过校验。', '请再授权一次；若仍不行，请联系客服。'],
  en: ['What WeChat gave did not pass the check.', 'Allow it once more; if it stays, contact support.'],
}
const busy = {
  zh: ['操作太频繁了。', '请稍等片刻再试。'],
  en: ['That was too often.', 'Wait a little, then try again.'],
}

/** Words for every code that the SDK can fail with; the compiler watches that none is left out. */
 const failures = {
  invalid_request: fault,
  invalid_code: codeRefused,
  code_already_used: codeRefused,
  user_blocked: {
    zh: ['这个账号暂时不能登录。', '如有疑问，请联系客服。'],
    en: ["This account can't log in at present.", 'Contact support if you think that is wrong.'],
  },
  insufficient_scope: fault,
  unknown_app: {
    zh: ['服务端还不认识这个小程序。', '请联系开发者，把它的 appid 加进服务端的配置。'],
    en: ['The server does not know this mini program.', "Ask the developer to add its appid to the server's configuration."],
  },
  not_found: {
    zh: ['没有找到，可能已被删除。', '请刷新后再看。'],
    en: ["It isn't there; perhaps it was removed.", 'Load the page again.'],
  },
  invalid_token: signInAgain,
  token_expired: signInAgain,
  session_revoked: {
    zh: ['登录已在别处被结束。', '请重新登录。'],
    en: ['Your login was ended from elsewhere.', 'Log in again.'],
  },
  token_reused: {
    zh: ['为保护账号，登录已失效。', '请重新登录。'],
    en: ['To protect your account, this login has ended.', 'Log in again.'],
  },
  login_too_old: {
    zh: ['这一步需要确认是你本人。', '请重新登录，10 分钟内再操作。'],
    en: ['This step must be sure that it is you.', 'Log in again and repeat it within 10 minutes.'],
  },
  session_key_stale: dataStale,
  decrypt_failed: dataStale,
  watermark_mismatch: dataForged,
  signature_mismatch: dataForged,
  phone_code_invalid: {
    zh: ['手机号授权已过期。', '请再点一次获取手机号。'],
    en: ['The permission for the phone number has expired.', 'Tap once more to give the number.'],
  },
  idempotency_conflict: fault,
  order_paid: {
    zh: ['订单已支付。', '无需再付，请查看订单。'],
    en: ['The order is paid already.', 'There is nothing to pay; look at the order.'],
  },
  order_closed: {
    zh: ['订单已关闭。', '请重新下单。'],
    en: ['The order was closed.', 'Place a new order.'],
  },
  order_expired: {
    zh: ['订单已超过支付时间。', '请重新下单。'],
    en: ['The time to pay this order is over.', 'Place a new order.'],
  },
  refund_exceeds_amount: {
    zh: ['退款金额超过了可退的金额。', '请改小金额后再试。'],
    en: ['The refund is larger than what can be given back.', 'Choose a smaller amount.'],
  },
  conflict: {
    zh: ['状态已经变了。', '请刷新后再操作。'],
    en: ['Things have changed meanwhile.', 'Load the page again, then repeat the step.'],
  },
  rate_limited: busy,
  wechat_quota: {
    zh: ['微信登录的调用次数已达上限。', '请稍后再试。'],
    en: ['WeChat allows no more logins at the moment.', 'Try later.'],
  },
  wechat_rejected: {
    zh: ['微信拒绝了服务端的请求。', '这需要运维处理，请稍后再试。'],
    en: ["WeChat refused the server's call.", 'The operator has to mend this; try later.'],
  },
  wechat_unavailable: {
    zh: ['微信暂时没有响应。', '请过一会儿再试。'],
    en: ['WeChat does not answer at the moment.', 'Try again in a while.'],
  },
  internal: {
    zh: ['服务端出错了。', '请稍后再试。'],
    en: ['The server had a fault.', 'Try later.'],
  },
  http_error: {
    zh: ['服务端没有完成这个请求。', '请稍后再试。'],
    en: ['The server did not carry this out.', 'Try later.'],
  },
  network: {
    zh: ['网络不通。', '请检查网络后再试。'],
    en: ['There is no connection.', 'Check the network, then try again.'],
  },
  timeout: {
    zh: ['等待太久，没有收到回应。', '请再试一次；重复提交不会多出一份。'],
    en: ['No answer came in time.', 'Try again; nothing is done twice.'],
  },
  aborted: {
    zh: ['已取消。', '需要时可以再试。'],
    en: ['Cancelled.', 'Try again when you like.'],
  },
  interrupted: {
    zh: ['小程序退到后台时，请求被微信中断了。', '请再试一次。'],
    en: ['WeChat cut the call when the mini program went to the background.', 'Try again.'],
  },
  domain_not_listed: {
    zh: ['这个服务器地址不在小程序的合法域名里。', '请开发者在小程序后台添加；开发时可在开发者工具关闭域名校验。'],
    en: ["The server's address is not on the mini program's list of domains.", 'The developer adds it at mp.weixin.qq.com; DevTools can skip the check.'],
  },
  login_failed: {
    zh: ['微信没有给出登录凭证。', '请检查网络和微信的登录状态，再试一次。'],
    en: ['WeChat gave no code to log in with.', 'Check the network and whether WeChat is logged in, then try again.'],
  },
  invalid_response: {
    zh: ['收到的回应看不懂。', '可能是网络需要认证（如公共 Wi-Fi），请换个网络再试。'],
    en: ['The answer made no sense.', 'Perhaps the Wi-Fi wants a login of its own; try another network.'],
  },
  invalid_option: fault,
  user_denied: {
    zh: ['你没有同意这次授权。', '不授权也可以继续使用；再点一次可以重新选择，微信不再询问时，请到权限设置里打开。'],
    en: ['You did not allow it.', 'You can go on without. Tap again to choose anew; if WeChat asks no more, allow it in the permissions.'],
  },
  privacy_denied: {
    zh: ['你没有同意隐私保护指引。', '这一步需要先同意；再点一次可以重新查看。'],
    en: ['You did not agree to the privacy guide.', 'This step needs it; tap again to read it once more.'],
  },
  no_permission: {
    zh: ['微信没有给这个小程序这项权限。', '请换一种方式；个人主体或未认证的小程序不能使用这项能力。'],
    en: ['WeChat does not grant this to this mini program.', 'Go on in another way; it takes a verified business account.'],
  },
  privacy_undeclared: {
    zh: ['小程序还没有声明会用到这项信息。', '请开发者在小程序后台的用户隐私保护指引里补充，约 5 分钟后生效。'],
    en: ['This mini program has not declared that it uses this.', 'The developer adds it to the privacy guide at mp.weixin.qq.com.'],
  },
  quota_exhausted: {
    zh: ['手机号验证的额度已用完。', '请换一种方式；开发者可以在小程序后台购买额度。'],
    en: ['No more phone numbers can be verified at present.', 'Go on in another way; the developer buys more at mp.weixin.qq.com.'],
  },
  nickname_empty: {
    zh: ['昵称是空的。', '请填写昵称；没有通过微信检测的昵称会被清空，请换一个。'],
    en: ['The nickname is empty.', 'Write one; what WeChat does not let pass is cleared, so choose another.'],
  },
  wechat_failed: {
    zh: ['微信没有完成这一步。', '请再试一次。'],
    en: ['WeChat did not carry this out.', 'Try once more.'],
  },
}; exports.failures = failures

/** What the user has typed or chosen, and the server does not take. */
const refused = {
  nickname: {
    zh: ['这个昵称不能用。', '请换一个：1 到 32 个字，不含换行等特殊字符。'],
    en: ['This nickname can not be used.', 'Choose another: 1 to 32 characters, without line breaks and the like.'],
  },
  file: {
    zh: ['这张图片不能用作头像。', '请换一张 2 MB 以内的 JPG、PNG、WebP 或 GIF 图片。'],
    en: ['This picture can not be an avatar.', 'Choose a JPEG, PNG, WebP or GIF of at most 2 MB.'],
  },
}

/** Says in words why a step failed. Anything that is not the SDK's is a fault of this program. */
 function explain(error, language) {
  if (!(error instanceof _miniprogram.HufuError)) {
    const [what, advice] = fault[language]
    return { code: 'unexpected', what, advice, requestId: '' }
  }
  // A backend of your own may answer with codes of its own: add words for them here.
  const words = (error.code === 'invalid_request' && refused[error.field ?? '']) || (exports.failures[error.code ] ?? exports.failures.http_error)
  const [what, advice] = words[language]
  return { code: error.code, what, advice: wait(error.retryAfter, language) ?? advice, requestId: error.requestId }
} exports.explain = explain;

/** The server's own word on how long to wait, in place of a vague one. */
function wait(seconds, language) {
  if (!seconds) return undefined
  if (seconds < 90) return language === 'zh' ? `请 ${seconds} 秒后再试。` : `Try again in ${seconds} seconds.`
  const minutes = Math.ceil(seconds / 60)
  return language === 'zh' ? `请 ${minutes} 分钟后再试。` : `Try again in ${minutes} minutes.`
}

}},
"texts":{requires:{"./phone":"phone"},run:function(require,module,exports){"use strict";Object.defineProperty(exports, "__esModule", {value: true});var _phone = require('./phone');

/** The languages this mini program speaks. */


/** The phone's language: Chinese where WeChat is set to any Chinese, else English. */
 function language() {
  return _phone.settings.call(void 0, ).language.startsWith('zh') ? 'zh' : 'en'
} exports.language = language;

const zh = {
  signedOut: '未登录',
  signingIn: '登录中…',
  signedIn: '已登录',
  newUser: '新用户',
  knownUser: '老用户',
  userId: '用户 ID',
  noUnionid: '无：这个小程序没有绑定开放平台账号',
  hidden: '服务端未提供',
  copy: '复制',
  logIn: '登录',
  logInAgain: '重新登录',
  refreshed: '访问令牌已自动刷新',
  loggedInSilently: '会话失效，已自动重新登录',
  backend: '业务后端',
  backendHint: '便签存在业务后端。请求带着访问令牌，由后端自己校验。',
  loadNotes: '读取便签',
  noNotes: '还没有便签',
  noteText: '写一条便签',
  addNote: '添加',
  session: '会话',
  check: '检查会话',
  alive: '会话有效，访问令牌到期时间：',
  ended: '会话已结束',
  keyValid: '微信侧的 session_key 仍有效',
  keyExpired: '微信侧的 session_key 已过期；已登录的会话不受影响',
  keyUnknown: '暂时无法向微信确认 session_key',
  sessions: '登录的设备',
  logOut: '退出登录',
  loading: '加载中…',
  current: '本机',
  unknownDevice: '未知设备',
  createdAt: '登录于 ',
  lastUsedAt: '最近使用 ',
  end: '结束',
  again: '重试',
  requestId: '请求编号 ',
  openProfile: '我的资料',
  openProfileHint: '头像、昵称、手机号、步数、删除数据',
  profile: '头像和昵称',
  profileHint: '头像与昵称由用户自己填写，只是展示，不是身份。',
  chooseAvatar: '更换头像',
  nickname: '昵称',
  noNickname: '还没有昵称',
  save: '保存',
  saved: '已保存',
  phone: '手机号',
  phoneHint: '由手机号按钮给出的 code 换取，页面上只显示打码后的号码。',
  noPhone: '还没有手机号',
  takePhone: '一键获取手机号',
  takePhoneNow: '实时验证手机号',
  phoneAgain: '换一个手机号',
  steps: '微信步数',
  stepsHint: '微信加密后交给小程序，由服务端解密；数据过时会自动登录并重取一次。',
  takeSteps: '读取步数',
  stepsUnit: ' 步',
  openSettings: '打开权限设置',
  older: '旧版接口',
  olderHint: '2022 年 11 月以前，微信会直接给出头像和昵称。现在所有人得到的都是“微信用户”和灰色头像，旧客户端与旧版本除外。',
  olderProfile: 'wx.getUserProfile',
  olderButton: 'getUserInfo 按钮',
  olderNone: '这个客户端已没有这些接口。',
  olderAnonymous: '微信只给了“微信用户”和灰色头像，没有提交。请在上面填写头像和昵称。',
  olderTaken: '已采用微信给的头像和昵称：',
  desc: '用于填写你的头像和昵称',
  data: '隐私与数据',
  samePerson: '在绑定同一开放平台的另一个小程序里登录，用户 ID 相同，就是同一个人。在演练场的“人与应用”里切换小程序即可看到。',
  policy: '查看隐私保护指引',
  agreePolicy: '同意本示例的隐私说明',
  policyAgreed: '已记录你的同意，版本 ',
  eraseHere: '删除我在本小程序的数据',
  eraseEverywhere: '删除我在所有应用的数据',
  eraseHereAsk: '会删除你在本小程序的登录记录、同意记录和在这里给出的手机号；如果没有用过其他应用，头像和昵称也会删除。删除后无法恢复。',
  eraseEverywhereAsk: '你在所有应用里的数据都会删除，删除后无法恢复。',
  yes: '删除',
  no: '取消',
  erasedHere: '已删除。如果还在用其他应用，再次登录时仍是同一个人，头像和昵称都在。',
  erasedEverywhere: '已删除。再次登录时，一切从头开始。',
  privacyTitle: '使用前请先同意隐私保护指引',
  privacyText: '为了完成你刚才的操作，需要用到你的个人信息。请阅读',
  privacyAgree: '同意并继续',
  privacyRefuse: '不同意',
}

/** Every text of the pages but those of failures. */


const en = {
  signedOut: 'Not logged in',
  signingIn: 'Logging in…',
  signedIn: 'Logged in',
  newUser: 'New here',
  knownUser: 'Returning',
  userId: 'User ID',
  noUnionid: 'None: this mini program is bound to no Open Platform account',
  hidden: 'Not told by the server',
  copy: 'Copy',
  logIn: 'Log in',
  logInAgain: 'Log in again',
  refreshed: 'The access token was refreshed',
  loggedInSilently: 'The session was over; logged in again',
  backend: 'Your backend',
  backendHint: 'The notes live in the backend, which checks the access token by itself.',
  loadNotes: 'Load notes',
  noNotes: 'No notes yet',
  noteText: 'Write a note',
  addNote: 'Add',
  session: 'Session',
  check: 'Check the session',
  alive: 'The session is alive; its access token ends at ',
  ended: 'The session is over',
  keyValid: "WeChat's session_key is still good",
  keyExpired: "WeChat's session_key has expired; your session goes on without it",
  keyUnknown: 'WeChat could not be asked about the session_key',
  sessions: 'Devices',
  logOut: 'Log out',
  loading: 'Loading…',
  current: 'This device',
  unknownDevice: 'Unknown device',
  createdAt: 'Logged in ',
  lastUsedAt: 'Last used ',
  end: 'End',
  again: 'Try again',
  requestId: 'Request ',
  openProfile: 'My profile',
  openProfileHint: 'Avatar, nickname, phone number, steps, erasure',
  profile: 'Avatar and nickname',
  profileHint: 'Filled in by the person: it is for show, and no identity.',
  chooseAvatar: 'Change the avatar',
  nickname: 'Nickname',
  noNickname: 'No nickname yet',
  save: 'Save',
  saved: 'Saved',
  phone: 'Phone number',
  phoneHint: 'Got by the code of the phone number button. The page sees it masked.',
  noPhone: 'No phone number yet',
  takePhone: 'Give my phone number',
  takePhoneNow: 'Verify it right now',
  phoneAgain: 'Another phone number',
  steps: 'WeRun steps',
  stepsHint: 'Sealed by WeChat, opened by the server. Out of date, the SDK logs in and asks again, once.',
  takeSteps: 'Read the steps',
  stepsUnit: ' steps',
  openSettings: 'Open the permissions',
  older: 'The older ways',
  olderHint: 'Until November 2022 WeChat gave avatar and nickname itself. Today everybody is 微信用户 with a grey head, but for old clients and old versions.',
  olderProfile: 'By wx.getUserProfile',
  olderButton: 'By the getUserInfo button',
  olderNone: 'This client has none of them any more.',
  olderAnonymous: 'WeChat gave 微信用户 and a grey head alone; nothing was sent. Fill in avatar and nickname above.',
  olderTaken: "Took over WeChat's avatar and nickname: ",
  desc: 'To fill in your profile',
  data: 'Privacy and data',
  samePerson: 'Logged in to the second app of the same Open Platform account, the user ID is the same: the same person. In the playground, “Person and app” switches between them.',
  policy: 'Read the privacy guide',
  agreePolicy: 'Agree to the policy',
  policyAgreed: 'Your consent is on record, version ',
  eraseHere: 'Erase my data in this app',
  eraseEverywhere: 'Erase my data in all apps',
  eraseHereAsk: 'Your logins, consents and the phone number given here are erased; if you use no other app, avatar and nickname too. Nothing brings them back. Erase them?',
  eraseEverywhereAsk: 'Your data in all apps is erased. Nothing brings it back. Erase it?',
  yes: 'Yes',
  no: 'No',
  erasedHere: 'Erased. If you use other apps too, the next login finds the same person, with avatar and nickname.',
  erasedEverywhere: 'Erased. The next login begins from nothing.',
  privacyTitle: 'First, the privacy guide',
  privacyText: 'What you just did needs personal data of yours. Please read',
  privacyAgree: 'Agree',
  privacyRefuse: 'Not now',
}

/** The texts in a language. */
 function textsIn(language) {
  return language === 'zh' ? zh : en
} exports.textsIn = textsIn;

}},
"times":{requires:{},run:function(require,module,exports){"use strict";Object.defineProperty(exports, "__esModule", {value: true});const two = (n) => String(n).padStart(2, '0')

/** A moment (ms or RFC 3339) as the phone's clock shows it: 14:03:05. */
 function clock(at) {
  const t = new Date(at)
  return `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`
} exports.clock = clock;

/** The day of a moment: 2026-11-21. */
 function date(at) {
  return day(at).slice(0, 10)
} exports.date = date;

/** A moment with its day: 2026-11-21 14:03. By hand, since old Android has no Intl. */
 function day(at) {
  const t = new Date(at)
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}`
} exports.day = day;

}},
"pages/sessions/sessions":{requires:{"../../failures":"failures","../../texts":"texts","../../times":"times"},run:function(require,module,exports){"use strict";

var _failures = require('../../failures');

var _texts = require('../../texts');
var _times = require('../../times');

/** A session as a line of the list. */









const { hufu } = getApp()
const spoken = _texts.language.call(void 0, )
const t = _texts.textsIn.call(void 0, spoken)

Page({
  data: {
    t,
    sessions: [] ,
    loading: true,
    /** The id of the session that is being ended. */
    ending: '',
    failure: null ,
  },

  onLoad() {
    wx.setNavigationBarTitle({ title: t.sessions })
    this.load()
  },

  async load() {
    this.setData({ failure: null })
    try {
      const sessions = await hufu.sessions()
      this.setData({ sessions: sessions.map(lineOf) })
    } catch (error) {
      this.setData({ failure: _failures.explain.call(void 0, error, spoken) })
    }
    this.setData({ loading: false })
  },

  async end(event) {
    if (this.data.ending) return
    const id = event.currentTarget.dataset.id
    const own = this.data.sessions.some((line) => line.id === id && line.current)
    this.setData({ ending: id, failure: null })
    try {
      // One's own is a logout, to the client too.
      await hufu.endSession(id)
      if (own) wx.navigateBack()
      else await this.load()
    } catch (error) {
      this.setData({ failure: _failures.explain.call(void 0, error, spoken) })
    }
    this.setData({ ending: '' })
  },
})

function lineOf(item) {
  const { model, system } = item.device ?? {}
  return {
    id: item.session_id,
    device: typeof model === 'string' && model ? model : t.unknownDevice,
    system: typeof system === 'string' ? system : '',
    createdAt: _times.day.call(void 0, item.created_at),
    lastUsedAt: _times.day.call(void 0, item.last_used_at),
    current: item.current,
  }
}

}},
"pages/profile/profile":{requires:{"@hufu/miniprogram":"miniprogram_npm/@hufu/miniprogram/index","../../failures":"failures","../../phone":"phone","../../texts":"texts","../../times":"times"},run:function(require,module,exports){"use strict";var _miniprogram = require('@hufu/miniprogram');



var _failures = require('../../failures');

var _phone = require('../../phone');
var _texts = require('../../texts');
var _times = require('../../times');

/** What can be under way, each by the name of its button. */










/** The privacy policy of this example: a new one gets a new version, and asks again. */
const POLICY = '2026-11'

const { hufu, userData } = getApp()
const spoken = _texts.language.call(void 0, )
const t = _texts.textsIn.call(void 0, spoken)

Page({
  data: {
    t,
    user: null ,
    /** Shown once: the user has just saved a nickname. */
    saved: false,
    /** The buttons are shown again though there is a number; each success costs the mini program money. */
    phoneAgain: false,
    days: [] ,
    older: '',
    agreed: '',
    erased: '',
    /** What this client can do; see onLoad. */
    can: { avatar: true, realtime: true, profile: false, infoButton: false, older: false },
    pending: {} ,
    failure: null ,
    failedIn: '' ,
  },

  onLoad() {
    wx.setNavigationBarTitle({ title: t.openProfile })
    const profile = wx.canIUse('getUserProfile')
    const infoButton = wx.canIUse('button.open-type.getUserInfo')
    this.setData({
      can: {
        avatar: wx.canIUse('button.open-type.chooseAvatar'),
        realtime: wx.canIUse('button.open-type.getRealtimePhoneNumber'),
        profile, infoButton, older: profile || infoButton,
      },
    })
    this.login()
  },

  /**
   * The buttons come after the login: what WeChat seals on a tap fits the key of
   * the login before it, and none of a login after.
   */
  login() {
    return this.step('login', 'profile', async () => {
      await hufu.login()
      this.show(await hufu.me())
      this.setData({ erased: '' })
    })
  },

  show(user) {
    this.setData({ user })
  },

  /**
   * Does one step at a time of each kind, so that a second tap does nothing,
   * and tells its failure in the card. The work begins before anything is waited
   * for, since some of WeChat's APIs want the tap itself. Never rejects.
   */
  async step(name, card, work) {
    if (this.data.pending[name]) return
    this.setData({ [`pending.${name}`]: true, failure: null, failedIn: '', saved: false })
    try {
      await work()
    } catch (error) {
      this.fail(error, card)
    }
    this.setData({ [`pending.${name}`]: false })
  },

  fail(error, card) {
    this.setData({ failure: _failures.explain.call(void 0, error, spoken), failedIn: card })
  },

  takeAvatar(event) {
    this.step('avatar', 'profile', async () => this.show(await userData.uploadAvatar(event)))
  },

  /** The form's event: WeChat's content check may clear the field after the input's own. */
  takeNickname(event) {
    this.step('nickname', 'profile', async () => {
      this.show(await userData.setNickname(event))
      this.setData({ saved: true })
    })
  },

  /** Of both buttons: their events differ in name alone. */
  takePhone(event) {
    this.step('phone', 'phone', async () => {
      this.show(await userData.getPhoneNumber(event))
      this.setData({ phoneAgain: false })
    })
  },

  askPhoneAgain() {
    this.setData({ phoneAgain: true })
  },

  takeSteps() {
    this.step('steps', 'steps', async () => {
      const { stepInfoList } = await userData.decrypt(() => wx.getWeRunData())
      const days = stepInfoList.slice(-7).reverse()
      this.setData({ days: days.map(({ timestamp, step }) => ({ day: _times.date.call(void 0, timestamp * 1000), step })) })
    })
  },

  /** Of WeChat's page of permissions: what was refused before is so no more. */
  leaveSettings(event) {
    if (event.detail.authSetting['scope.werun']) this.setData({ failure: null, failedIn: '' })
  },

  takeProfile() {
    this.takeOlder({ desc: t.desc })
  },

  /** A tap that is refused comes here too, without data. */
  takeUserInfo(event) {
    this.takeOlder(event)
  },

  takeOlder(from) {
    this.step('older', 'older', async () => {
      const { anonymous, user } = await userData.getUserInfo(from)
      this.show(user)
      this.setData({ older: anonymous ? t.olderAnonymous : `${t.olderTaken}${user.nickname ?? ''}` })
    })
  },

  /** What is asked for without an event of its own fails silently: the dialog tells. */
  privacyRefused(event) {
    if (/avatar|nickname/i.test(event.detail.referrer)) this.fail(new (0, _miniprogram.HufuError)('privacy_denied'), 'profile')
  },

  readPolicy() {
    userData.privacy.openPrivacyContract().catch((error) => this.fail(error, 'data'))
  },

  agreePolicy() {
    this.step('policy', 'data', async () => {
      await userData.recordConsent({ policyVersion: POLICY })
      this.setData({ agreed: POLICY })
    })
  },

  eraseHere() {
    this.erase({ title: t.eraseHere, content: t.eraseHereAsk, erased: t.erasedHere }, false)
  },

  eraseEverywhere() {
    this.erase({ title: t.eraseEverywhere, content: t.eraseEverywhereAsk, erased: t.erasedEverywhere }, true)
  },

  erase({ title, content, erased }, everywhere) {
    this.step('erase', 'data', async () => {
      if (!(await sure(title, content))) return
      await userData.erase({ everywhere })
      this.show(null)
      this.setData({ erased, days: [], older: '', agreed: '', phoneAgain: false })
    })
  },
})

/** Asks before what nothing brings back. WeChat allows four characters on a button, and paints it in this very colour, light or dark. */
function sure(title, content) {
  const confirmColor = _phone.settings.call(void 0, ).theme === 'dark' ? '#ff8a80' : '#b3261e'
  return new Promise((resolve) => {
    wx.showModal({
      title, content, confirmText: t.yes, cancelText: t.no, confirmColor,
      success: ({ confirm }) => resolve(confirm),
      fail: () => resolve(false),
    })
  })
}

}},
"components/privacy-dialog/privacy-dialog":{requires:{"../../texts":"texts"},run:function(require,module,exports){"use strict";

var _texts = require('../../texts');

const { userData } = getApp()
const t = _texts.textsIn.call(void 0, _texts.language.call(void 0, ))





















/**
 * Asks for the consent that WeChat wants since 2023, whenever something on the
 * page needs it. Put one on each page that takes personal data. Tells the page of
 * a refusal by the event `refused`: chooseAvatar and the nickname field say
 * nothing of it themselves.
 */
Component({
  // The buttons look like those of the pages.
  options: { styleIsolation: 'apply-shared' },

  data: { t, open: false, name: '' },

  lifetimes: {
    attached() {
      this.request = null
      this.off = userData.privacy.onNeedPrivacy((request) => this.ask(request))
    },

    detached() {
      this.off()
      // The page goes while WeChat waits: what waits must not wait for ever.
      if (this.request) this.request.disagree()
    },
  },

  methods: {
    ask(request) {
      this.request = request
      this.setData({ open: true })
      request.shown()
      // The dialog does not wait for its name.
      userData.privacy.getPrivacySetting().then(
        ({ privacyContractName }) => this.setData({ name: privacyContractName }),
        () => undefined,
      )
    },

    read() {
      userData.privacy.openPrivacyContract().catch(() => undefined)
    },

    // The event of the button and not a tap: WeChat checks that it was this button.
    agree() {
      if (this.request) this.request.agree('agree-privacy')
      this.request = null
      this.setData({ open: false })
    },

    refuse() {
      const referrer = this.request ? this.request.referrer : ''
      if (this.request) this.request.disagree()
      this.request = null
      this.setData({ open: false })
      this.triggerEvent('refused', { referrer })
    },
  },
})

}}
}}}};
