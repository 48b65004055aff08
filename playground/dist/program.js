globalThis.hufuProgram={
app:{"pages":["pages/index/index","pages/sessions/sessions"],"window":{"navigationBarTitleText":"hufu 虎符","navigationBarBackgroundColor":"@navigationBackground","navigationBarTextStyle":"@navigationText","backgroundColor":"@pageBackground","backgroundTextStyle":"@pullDownText"},"darkmode":true,"themeLocation":"theme.json","lazyCodeLoading":"requiredComponents","componentFramework":"glass-easel","sitemapLocation":"sitemap.json","usingComponents":{},"theme":{"light":{"navigationBackground":"#f2f3f5","navigationText":"black","pageBackground":"#f2f3f5","pullDownText":"dark"},"dark":{"navigationBackground":"#111111","navigationText":"white","pageBackground":"#111111","pullDownText":"light"}}},
components:{"pages/index/index":{"usingComponents":{}},"pages/sessions/sessions":{"navigationBarTitleText":"hufu 虎符","usingComponents":{}}},
styles:{"app":"page {\n  --page: #f2f3f5;\n  --card: #ffffff;\n  --text: #1a1a1a;\n  --quiet: #5f6368;\n  --line: #e3e5e8;\n  --control: #f2f3f5;\n  --green: #07c160;\n  --main: #067a3e;\n  --good-text: #06713a;\n  --good: #e7f8ee;\n  --bad-text: #b3261e;\n  --bad: #fdecea;\n\n  min-height: 100%;\n  background: var(--page);\n  color: var(--text);\n  font-size: 15px;\n  line-height: 1.5;\n}\n\n:where([data-theme=\"dark\"]) page {\n    --page: #111111;\n    --card: #1e1e1e;\n    --text: #e6e6e6;\n    --quiet: #a3a3a3;\n    --line: #333333;\n    --control: #2c2c2c;\n    --good-text: #5fe09a;\n    --good: #173525;\n    --bad-text: #ff8a80;\n    --bad: #3a1d1b;\n  }\n\n.page {\n  padding: 12px 16px calc(24px + env(safe-area-inset-bottom));\n}\n\n.card {\n  margin-bottom: 12px;\n  padding: 16px;\n  border-radius: 12px;\n  background: var(--card);\n}\n\n.head {\n  display: flex;\n  align-items: center;\n}\n\n.title {\n  font-size: 17px;\n  font-weight: 600;\n  line-height: 24px;\n}\n\n.hint {\n  margin-top: 4px;\n  color: var(--quiet);\n  font-size: 13px;\n}\n\n.badge {\n  flex: none;\n  margin-left: 8px;\n  padding: 0 8px;\n  border-radius: 10px;\n  background: var(--good);\n  color: var(--good-text);\n  font-size: 12px;\n  line-height: 20px;\n}\n\n.recovery {\n  margin-top: 12px;\n  padding: 6px 12px;\n  border-radius: 8px;\n  background: var(--good);\n  color: var(--good-text);\n  font-size: 13px;\n}\n\n.button {\n  width: auto;\n  min-height: 44px;\n  margin: 12px 0 0;\n  padding: 0 16px;\n  border-radius: 8px;\n  background: var(--control);\n  color: var(--text);\n  font-size: 16px;\n  font-weight: 500;\n  line-height: 44px;\n}\n.button::after,\n.small::after {\n  border: none;\n}\n.page .button[disabled] {\n  background: var(--control);\n  color: var(--quiet);\n}\n\n.main,\n.page .main[disabled] {\n  background: var(--main);\n  color: #ffffff;\n}\n\n.danger {\n  color: var(--bad-text);\n}\n\n.failure {\n  margin-top: 12px;\n  padding: 12px;\n  border-radius: 8px;\n  background: var(--bad);\n  color: var(--text);\n  font-size: 14px;\n}\n\n.failure-what {\n  color: var(--bad-text);\n  font-weight: 600;\n}\n\n.failure-code {\n  color: var(--quiet);\n  font-size: 12px;\n  word-break: break-all;\n}","pages/index/index":":where([data-page=\"pages/index/index\"]) .dot {\n  width: 10px;\n  height: 10px;\n  margin-right: 8px;\n  border-radius: 5px;\n  background: var(--quiet);\n}\n\n:where([data-page=\"pages/index/index\"]) .dot-on {\n  background: var(--green);\n}\n\n:where([data-page=\"pages/index/index\"]) .rows {\n  margin-top: 4px;\n}\n\n:where([data-page=\"pages/index/index\"]) .row {\n  padding: 8px 0;\n  border-bottom: 1px solid var(--line);\n}\n\n:where([data-page=\"pages/index/index\"]) .row:last-child {\n  border-bottom: none;\n  padding-bottom: 0;\n}\n\n:where([data-page=\"pages/index/index\"]) .name {\n  color: var(--quiet);\n  font-size: 13px;\n}\n\n:where([data-page=\"pages/index/index\"]) .line {\n  display: flex;\n  align-items: center;\n  justify-content: space-between;\n}\n\n:where([data-page=\"pages/index/index\"]) .value {\n  word-break: break-all;\n}\n\n:where([data-page=\"pages/index/index\"]) .code {\n  font-family: Menlo, Consolas, monospace;\n  font-size: 13px;\n}\n\n:where([data-page=\"pages/index/index\"]) .small {\n  flex: none;\n  min-height: 28px;\n  margin: 0;\n  padding: 0 12px;\n  border-radius: 6px;\n  background: var(--control);\n  color: var(--text);\n  font-size: 13px;\n  line-height: 28px;\n}\n\n:where([data-page=\"pages/index/index\"]) .notes {\n  margin-top: 4px;\n}\n\n:where([data-page=\"pages/index/index\"]) .note {\n  padding: 10px 0;\n  border-bottom: 1px solid var(--line);\n  word-break: break-all;\n}\n\n:where([data-page=\"pages/index/index\"]) .compose {\n  display: flex;\n  align-items: center;\n  margin-top: 12px;\n}\n\n:where([data-page=\"pages/index/index\"]) .input {\n  flex: 1;\n  min-width: 0;\n  height: 44px;\n  padding: 0 12px;\n  border-radius: 8px;\n  background: var(--control);\n  color: var(--text);\n}\n\n:where([data-page=\"pages/index/index\"]) .placeholder {\n  color: var(--quiet);\n}\n\n:where([data-page=\"pages/index/index\"]) .add {\n  flex: none;\n  margin: 0 0 0 8px;\n}","pages/sessions/sessions":":where([data-page=\"pages/sessions/sessions\"]) .loading {\n  padding: 32px 0;\n  text-align: center;\n}"},
scopes:{},
assets:{},
code:function(given){
var window,self,document,location,history,navigator,screen,top,parent,frames,frameElement,opener,origin,name,status,event,external,fetch,XMLHttpRequest,WebSocket,EventSource,Worker,SharedWorker,localStorage,sessionStorage,indexedDB,caches,cookieStore,alert,confirm,prompt,open,close,print,postMessage,Image,Audio,Option,FormData,Headers,Request,Response,Blob,File,FileReader,URL,URLSearchParams,TextEncoder,TextDecoder,AbortController,AbortSignal,crypto,performance,atob,btoa,structuredClone,queueMicrotask,requestAnimationFrame,cancelAnimationFrame,requestIdleCallback,addEventListener,removeEventListener,dispatchEvent,matchMedia,getComputedStyle,Node,Element,HTMLElement,Event,CustomEvent,EventTarget,MutationObserver,IntersectionObserver,ResizeObserver,customElements,DOMParser,BroadcastChannel,MessageChannel,process,Buffer,hufuProgram,startPhone;
var wx=given.wx,App=given.App,Page=given.Page,Component=given.Component,Behavior=given.Behavior,getApp=given.getApp,getCurrentPages=given.getCurrentPages,console=given.console,setTimeout=given.setTimeout,clearTimeout=given.clearTimeout,setInterval=given.setInterval,clearInterval=given.clearInterval,getRegExp=given.getRegExp,getDate=given.getDate,globalThis=given.globalThis,global=given.global;
return {
templates:(()=>{var G={};var R={};var X=function(a){return a==null?Object.create(null):a};var Y=function(a){return a==null?'':String(a)};var Z=function(a,b){if(a===true)return true;if(a)return a[b]};var P=function(a){return typeof a==='function'?a:()=>{}};var Q={a:function(a){for(var i=0;i<a.length;i++)if(a[i])return a},b:function(b){var a=Object.values(b);for(var i=0;i<a.length;i++)if(a[i])return a}};G["pages/sessions/sessions"]=(()=>{var H={};var S;var I=(P)=>{if(!S)S=Object.assign({},(G["templates/notices"]||{})._,H);return S[P]};H[""]=(R,C,D,U)=>{var L=R.c,M=R.m,O=R.r,A={},K=U===true,c,e=(C,T)=>{C||K||Z(U.t,"loading")?T(Y(X(D.t).loading)):T()},d=(C,T,E)=>{if(c===1){E("wx-view",{},(N,C)=>{if(C)L(N,"hint loading")},e)}},f,i,j=(C,T,E,B,F,S,J)=>{var $A=I(i);if(i&&$A)$A(R,C,{failure:D.failure,t:D.t},K||(U?{failure:U.failure,t:U.t}:Object.create(null))).C(C,T,E,B,F,S,J)},k=(C,T)=>{C||K||Z(U.t,"again")?T(Y(X(D.t).again)):T()},h=(C,T,E,B,F,S,J)=>{i="failure";B(i,j);E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C)R.v(N,"tap","load",!1,!1,!1,!1)},k)},g=(C,T,E)=>{if(f===1){E("wx-view",{},(N,C)=>{if(C)L(N,"card")},h)}},m=(C,n,o,p,q,r,T,E)=>{var u=(C,T)=>{C||K||Z(p,"device")?T(Y(X(n).device)):T()},v,x=(C,T)=>{C||K||Z(U.t,"current")?T(Y(X(D.t).current)):T()},w=(C,T,E)=>{if(v===1){E("wx-text",{},(N,C)=>{if(C)L(N,"badge current")},x)}},t=(C,T,E,B)=>{E("wx-text",{},(N,C)=>{if(C)L(N,"title")},u);v=X(n).current?1:0;B(v,w)},y,A0=(C,T)=>{C||K||Z(p,"system")?T(Y(X(n).system)):T()},z=(C,T,E)=>{if(y===1){E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},A0)}},B0=(C,T)=>{C||K||!!(Z(U.t,"createdAt")||Z(p,"createdAt"))||undefined?T(Y(Y(X(D.t).createdAt)+Y(X(n).createdAt))):T()},C0=(C,T)=>{C||K||!!(Z(U.t,"lastUsedAt")||Z(p,"lastUsedAt"))||undefined?T(Y(Y(X(D.t).lastUsedAt)+Y(X(n).lastUsedAt))):T()},D0=(C,T)=>{var $A=X(n).current;C||K||!!Z(p,"current")||($A?Z(U.t,"logOut"):Z(U.t,"end"))?T(Y($A?X(D.t).logOut:X(D.t).end)):T()},s=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"head")},t);y=X(n).system?1:0;B(y,z);E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},B0);E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},C0);E("wx-button",{},(N,C)=>{var $A=X(n).current;if(C||K||!!(Z(p,"current")||($A?undefined:undefined))||undefined)L(N,"button end "+Y($A?"danger":""));if(C||K||!!(U.ending||Z(p,"id"))||undefined)O(N,"loading",D.ending===X(n).id);if(C||K||!!(U.ending||Z(p,"id"))||undefined)O(N,"disabled",D.ending===X(n).id);var $B=X(n).current;if(C||K||!!(Z(p,"current")||($B?Z(U.t,"logOut"):Z(U.t,"end"))||Z(p,"device"))||undefined)O(N,"aria-label",Y($B?X(D.t).logOut:X(D.t).end)+" "+Y(X(n).device));if(C||K||Z(p,"id"))R.d(N,"id",X(n).id);if(C)R.v(N,"tap","end",!1,!1,!1,!1)},D0)};E("wx-view",{},(N,C)=>{if(C)L(N,"card session")},s)},l=(C,T,E,B,F)=>{F(D.sessions,"id",U?U.sessions:undefined,[0,"sessions"],m)},b=(C,T,E,B)=>{c=D.loading?1:0;B(c,d);f=D.failure?1:0;B(f,g);E("wx-view",{},(N,C)=>{if(C)R.i(N,"session-list")},l)},a=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"page")},b)};;return {C:a,B:A}};return Object.assign(function(R){return H[R]},{_:H})})();G["templates/notices"]=(()=>{var H={};var S;var I=(P)=>{if(!S)S=Object.assign({},H);return S[P]};H["failure"]=(R,C,D,U)=>{var L=R.c,M=R.m,O=R.r,A={},K=U===true,c=(C,T)=>{C||K||Z(U.failure,"what")?T(Y(X(D.failure).what)):T()},d=(C,T)=>{C||K||Z(U.failure,"advice")?T(Y(X(D.failure).advice)):T()},f=(C,T)=>{C||K||Z(U.failure,"code")?T(Y(X(D.failure).code)):T()},e=(C,T,E)=>{E("wx-text",{},(N,C)=>{if(C||K||undefined)O(N,"user-select",true)},f)},g,j=(C,T)=>{C||K||Z(U.failure,"requestId")?T(Y(X(D.failure).requestId)):T()},i=(C,T,E)=>{C||K||Z(U.t,"requestId")?T(Y(X(D.t).requestId)):T();E("wx-text",{},(N,C)=>{if(C||K||undefined)O(N,"user-select",true)},j)},h=(C,T,E)=>{if(g===1){E("wx-view",{},(N,C)=>{if(C)L(N,"failure-code")},i)}},b=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"failure-what")},c);E("wx-view",{},(N,C)=>{},d);E("wx-view",{},(N,C)=>{if(C)L(N,"failure-code")},e);g=X(D.failure).requestId?1:0;B(g,h)},a=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"failure");if(C)O(N,"aria-role","alert");if(C)R.i(N,"message")},b)};;return {C:a,B:A}};H["recovery"]=(R,C,D,U)=>{var L=R.c,M=R.m,O=R.r,A={},K=U===true,b=(C,T)=>{C||K||U.recovery?T(Y(D.recovery)):T()},a=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"recovery");if(C)O(N,"aria-live","polite");if(C)R.i(N,"recovery")},b)};;return {C:a,B:A}};H[""]=(R,C,D,U)=>{var L=R.c,M=R.m,O=R.r,A={},K=U===true,a=(C)=>{};;return {C:a,B:A}};return Object.assign(function(R){return H[R]},{_:H})})();G["pages/index/index"]=(()=>{var H={};var S;var I=(P)=>{if(!S)S=Object.assign({},(G["templates/notices"]||{})._,H);return S[P]};H[""]=(R,C,D,U)=>{var L=R.c,M=R.m,O=R.r,A={"noteText":new Array(1),"status":new Array(1)},K=U===true,e=(C)=>{},f=(C,T)=>{C||K||U.status?T(Y(D.status),(N)=>{A["status"][0]=(D,E,T)=>{T(N,Y(D.status))}}):T()},g,i=(C,T)=>{var $A=D.isNew;C||K||!!U.isNew||($A?Z(U.t,"newUser"):Z(U.t,"knownUser"))?T(Y($A?X(D.t).newUser:X(D.t).knownUser)):T()},h=(C,T,E)=>{if(g===1){E("wx-text",{},(N,C)=>{if(C)L(N,"badge");if(C)R.i(N,"is-new")},i)}},d=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{var $A=D.user;if(C||K||!!(U.user||($A?undefined:undefined))||undefined)L(N,"dot "+Y($A?"dot-on":""));if(C||K||undefined)O(N,"aria-hidden",true)},e);E("wx-text",{},(N,C)=>{if(C)L(N,"title");if(C)R.i(N,"status")},f);g=D.user?1:0;B(g,h)},j,m=(C,n,o,p,q,r,T,E)=>{var u=(C,T)=>{C||K||Z(p,"name")?T(Y(X(n).name)):T()},v,x=(C,T)=>{C||K||Z(U.t,"copy")?T(Y(X(D.t).copy)):T()},w=(C,T,E)=>{if(v===1){E("wx-button",{},(N,C)=>{if(C)L(N,"small");if(C||K||!!(Z(U.t,"copy")||Z(p,"name"))||undefined)O(N,"aria-label",Y(X(D.t).copy)+" "+Y(X(n).name));if(C||K||Z(p,"value"))R.d(N,"value",X(n).value);if(C)R.v(N,"tap","copy",!1,!1,!1,!1)},x)}},t=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"name")},u);v=X(n).copy?1:0;B(v,w)},y=(C,T)=>{C||K||Z(p,"value")?T(Y(X(n).value)):T()},s=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"line")},t);E("wx-text",{},(N,C)=>{var $A=X(n).copy;if(C||K||!!(Z(p,"copy")||($A?undefined:undefined))||undefined)L(N,"value "+Y($A?"code":""));if(C||K||undefined)O(N,"user-select",true);if(C||K||Z(p,"id"))R.i(N,X(n).id)},y)};E("wx-view",{},(N,C)=>{if(C)L(N,"row")},s)},l=(C,T,E,B,F)=>{F(D.rows,"id",U?U.rows:undefined,[0,"rows"],m)},k=(C,T,E)=>{if(j===1){E("wx-view",{},(N,C)=>{if(C)L(N,"rows")},l)}},n,p,q=(C,T,E,B,F,S,J)=>{var $A=I(p);if(p&&$A)$A(R,C,{recovery:D.recovery},K||(U?{recovery:U.recovery}:Object.create(null))).C(C,T,E,B,F,S,J)},o=(C,T,E,B,F,S,J)=>{if(n===1){p="recovery";B(p,q)}},r,t,u=(C,T,E,B,F,S,J)=>{var $A=I(t);if(t&&$A)$A(R,C,{failure:D.failure,t:D.t},K||(U?{failure:U.failure,t:U.t}:Object.create(null))).C(C,T,E,B,F,S,J)},s=(C,T,E,B,F,S,J)=>{if(r===1){t="failure";B(t,u)}},v=(C,T)=>{var $A=D.user;C||K||!!U.user||($A?Z(U.t,"logInAgain"):Z(U.t,"logIn"))?T(Y($A?X(D.t).logInAgain:X(D.t).logIn)):T()},c=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"head")},d);j=D.user?1:0;B(j,k);n=D.recoveredIn==="identity"?1:0;B(n,o);r=D.failedIn==="identity"?1:0;B(r,s);E("wx-button",{},(N,C)=>{var $A=D.user;if(C||K||!!(U.user||($A?undefined:undefined))||undefined)L(N,"button "+Y($A?"":"main"));if(C||K||Z(U.pending,"login"))O(N,"loading",X(D.pending).login);if(C||K||Z(U.pending,"login"))O(N,"disabled",X(D.pending).login);if(C)R.v(N,"tap","login",!1,!1,!1,!1);if(C)R.i(N,"login")},v)},x=(C,T)=>{C||K||Z(U.t,"backend")?T(Y(X(D.t).backend)):T()},y=(C,T)=>{C||K||Z(U.t,"backendHint")?T(Y(X(D.t).backendHint)):T()},A0=(C,B0,C0,D0,E0,F0,T,E)=>{var G0=(C,T)=>{C||K||Z(D0,"text")?T(Y(X(B0).text)):T()};E("wx-view",{},(N,C)=>{if(C)L(N,"note")},G0)},B0,D0=(C,T)=>{C||K||Z(U.t,"noNotes")?T(Y(X(D.t).noNotes)):T()},C0=(C,T,E)=>{if(B0===1){E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},D0)}},z=(C,T,E,B,F)=>{F(D.notes,"id",U?U.notes:undefined,[0,"notes"],A0);B0=D.noNotes?1:0;B(B0,C0)},E0,G0,H0=(C,T,E,B,F,S,J)=>{var $A=I(G0);if(G0&&$A)$A(R,C,{recovery:D.recovery},K||(U?{recovery:U.recovery}:Object.create(null))).C(C,T,E,B,F,S,J)},F0=(C,T,E,B,F,S,J)=>{if(E0===1){G0="recovery";B(G0,H0)}},I0,K0,L0=(C,T,E,B,F,S,J)=>{var $A=I(K0);if(K0&&$A)$A(R,C,{failure:D.failure,t:D.t},K||(U?{failure:U.failure,t:U.t}:Object.create(null))).C(C,T,E,B,F,S,J)},J0=(C,T,E,B,F,S,J)=>{if(I0===1){K0="failure";B(K0,L0)}},N0=(C)=>{},O0=(C,T)=>{C||K||Z(U.t,"addNote")?T(Y(X(D.t).addNote)):T()},M0=(C,T,E)=>{E("wx-input",{},(N,C)=>{if(C)L(N,"input");if(C||K||U.noteText)O(N,"value",D.noteText);A["noteText"][0]=(D,E,T)=>{O(N,"value",D.noteText);E(N)};if(C||K||Z(U.t,"noteText"))O(N,"placeholder",X(D.t).noteText);if(C)O(N,"placeholder-class","placeholder");if(C)O(N,"maxlength","200");if(C)O(N,"confirm-type","done");if(C||K||Z(U.t,"noteText"))O(N,"aria-label",X(D.t).noteText);if(C)R.v(N,"input","writeNote",!1,!1,!1,!1);if(C)R.v(N,"confirm","addNote",!1,!1,!1,!1);if(C)R.i(N,"note-text")},N0);E("wx-button",{},(N,C)=>{if(C)L(N,"button add");if(C||K||Z(U.pending,"add"))O(N,"loading",X(D.pending).add);if(C||K||Z(U.pending,"add"))O(N,"disabled",X(D.pending).add);if(C)R.v(N,"tap","addNote",!1,!1,!1,!1);if(C)R.i(N,"add-note")},O0)},P0=(C,T)=>{C||K||Z(U.t,"loadNotes")?T(Y(X(D.t).loadNotes)):T()},w=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"title")},x);E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},y);E("wx-view",{},(N,C)=>{if(C)L(N,"notes");if(C)R.i(N,"notes")},z);E0=D.recoveredIn==="backend"?1:0;B(E0,F0);I0=D.failedIn==="backend"?1:0;B(I0,J0);E("wx-view",{},(N,C)=>{if(C)L(N,"compose")},M0);E("wx-button",{},(N,C)=>{var $A=D.user;if(C||K||!!(U.user||($A?undefined:undefined))||undefined)L(N,"button "+Y($A?"main":""));if(C||K||Z(U.pending,"notes"))O(N,"loading",X(D.pending).notes);if(C||K||Z(U.pending,"notes"))O(N,"disabled",X(D.pending).notes);if(C)R.v(N,"tap","loadNotes",!1,!1,!1,!1);if(C)R.i(N,"call-backend")},P0)},R0=(C,T)=>{C||K||Z(U.t,"session")?T(Y(X(D.t).session)):T()},S0,V0=(C,W0,X0,Y0,Z0,a0,T,E)=>{var b0=(C,T)=>{C||K||Y0?T(Y(W0)):T()};E("wx-view",{},(N,C)=>{if(C)L(N,"hint")},b0)},U0=(C,T,E,B,F)=>{F(D.checked,"*this",U?U.checked:undefined,[0,"checked"],V0)},T0=(C,T,E)=>{if(S0===1){E("wx-view",{},(N,C)=>{if(C)R.i(N,"checked")},U0)}},W0,Y0,Z0=(C,T,E,B,F,S,J)=>{var $A=I(Y0);if(Y0&&$A)$A(R,C,{recovery:D.recovery},K||(U?{recovery:U.recovery}:Object.create(null))).C(C,T,E,B,F,S,J)},X0=(C,T,E,B,F,S,J)=>{if(W0===1){Y0="recovery";B(Y0,Z0)}},a0,c0,d0=(C,T,E,B,F,S,J)=>{var $A=I(c0);if(c0&&$A)$A(R,C,{failure:D.failure,t:D.t},K||(U?{failure:U.failure,t:U.t}:Object.create(null))).C(C,T,E,B,F,S,J)},b0=(C,T,E,B,F,S,J)=>{if(a0===1){c0="failure";B(c0,d0)}},e0=(C,T)=>{C||K||Z(U.t,"check")?T(Y(X(D.t).check)):T()},f0=(C,T)=>{C||K||Z(U.t,"sessions")?T(Y(X(D.t).sessions)):T()},g0,i0=(C,T)=>{C||K||Z(U.t,"logOut")?T(Y(X(D.t).logOut)):T()},h0=(C,T,E)=>{if(g0===1){E("wx-button",{},(N,C)=>{if(C)L(N,"button danger");if(C||K||Z(U.pending,"logout"))O(N,"loading",X(D.pending).logout);if(C||K||Z(U.pending,"logout"))O(N,"disabled",X(D.pending).logout);if(C)R.v(N,"tap","logout",!1,!1,!1,!1);if(C)R.i(N,"logout")},i0)}},Q0=(C,T,E,B)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"title")},R0);S0=X(D.checked).length?1:0;B(S0,T0);W0=D.recoveredIn==="session"?1:0;B(W0,X0);a0=D.failedIn==="session"?1:0;B(a0,b0);E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C||K||Z(U.pending,"check"))O(N,"loading",X(D.pending).check);if(C||K||Z(U.pending,"check"))O(N,"disabled",X(D.pending).check);if(C)R.v(N,"tap","check",!1,!1,!1,!1);if(C)R.i(N,"check")},e0);E("wx-button",{},(N,C)=>{if(C)L(N,"button");if(C)R.v(N,"tap","openSessions",!1,!1,!1,!1);if(C)R.i(N,"open-sessions")},f0);g0=D.user?1:0;B(g0,h0)},b=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"card")},c);E("wx-view",{},(N,C)=>{if(C)L(N,"card")},w);E("wx-view",{},(N,C)=>{if(C)L(N,"card")},Q0)},a=(C,T,E)=>{E("wx-view",{},(N,C)=>{if(C)L(N,"page")},b)};;return {C:a,B:A}};return Object.assign(function(R){return H[R]},{_:H})})();return G})(),
modules:{
"app":{requires:{"@hufu/miniprogram":"miniprogram_npm/@hufu/miniprogram/index","./config":"config"},run:function(require,module,exports){"use strict";var _miniprogram = require('@hufu/miniprogram');

var _config = require('./config');

/** What pages get from getApp. */







const { model, system } = wx.getDeviceInfo()
const hufu = _miniprogram.createHufu.call(void 0, { ..._config.options.call(void 0, ), device: { model, system } })

App({
  hufu,
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
(()=>{var O=["network","timeout","aborted","interrupted","domain_not_listed","login_failed","invalid_response","invalid_option","http_error"],H=["invalid_request","invalid_code","code_already_used","user_blocked","insufficient_scope","unknown_app","not_found","invalid_token","token_expired","session_revoked","token_reused","login_too_old","session_key_stale","decrypt_failed","watermark_mismatch","signature_mismatch","phone_code_invalid","idempotency_conflict","order_paid","order_closed","order_expired","refund_exceeds_amount","conflict","rate_limited","wechat_quota","wechat_rejected","wechat_unavailable","internal"],B=[...O,...H],f=class extends Error{constructor(e,t={}){var n,o;super(je(e,t)),this.name="HufuError",this.code=e,this.status=(n=t.status)!=null?n:0,this.requestId=(o=t.requestId)!=null?o:"",this.retryAfter=t.retryAfter,this.detail=t.detail,this.field=t.field,this.wechatErrcode=t.wechatErrcode,this.errMsg=t.errMsg,this.errno=t.errno,this.body=t.body}};function je(r,e){var n,o;let t=(o=(n=e.detail)!=null?n:e.errMsg)!=null?o:e.status?`HTTP ${e.status}`:"";return t?`${r}: ${t}`:r}function p(r,e){return r instanceof f?r:new f(e,{detail:r instanceof Error?r.message:String(r)})}function re(r,e){var o,i;let t={},n=(o=r.header)!=null?o:{};return Object.keys(n).forEach(s=>{t[s.toLowerCase()]=String(n[s])}),{status:Number(r.statusCode),header:t,data:e?ne(r.data):r.data,requestId:(i=t["x-request-id"])!=null?i:""}}function ne(r){if(typeof r!="string"||!/^\s*[[{"]/.test(r))return r;try{return JSON.parse(r)}catch(e){return r}}function w(r){var o,i;let e=ne(r.data instanceof ArrayBuffer?We(r.data):r.data),t=h(e)?e:{},n=(o=D(t.retry_after))!=null?o:D(r.header["retry-after"]);return new f(A(t.code)||"http_error",{status:r.status,requestId:(i=A(t.request_id))!=null?i:r.requestId,retryAfter:n,detail:A(t.detail),field:A(t.field),wechatErrcode:D(t.wechat_errcode),body:e})}function oe(r){var t;let e=(t=r.errMsg)!=null?t:"";return new f(Se(e,r.errno),{errMsg:e,errno:r.errno})}function Se(r,e){return e===600002||/domain list/i.test(r)?"domain_not_listed":e===600003||/interrupted/i.test(r)?"interrupted":e===5||/time(d )?-?out|超时/i.test(r)?"timeout":e===600009||/invalid url/i.test(r)?"invalid_option":"network"}function We(r){let e=Array.from(new Uint8Array(r)).map(t=>"%"+(t+256).toString(16).slice(1)).join("");try{return decodeURIComponent(e)}catch(t){return""}}function h(r){return typeof r=="object"&&r!==null&&!Array.isArray(r)}function A(r){return typeof r=="string"?r:void 0}function D(r){let e=typeof r=="string"&&r!==""?Number(r):r;return typeof e=="number"&&isFinite(e)?e:void 0}function y(r,e){let t=setTimeout(e,r);return()=>clearTimeout(t)}function j(r,e){let t=()=>{};return e.u(new Promise(o=>{t=y(r,o)})).catch(o=>{throw t(),o})}function ie(r){y(0,()=>{throw r})}var Le=2e3;function E(r,e,t){return new Promise((n,o)=>{let i,s=!1,a=()=>{},u=()=>{},d=m=>{s||(s=!0,a(),u(),m())},c=m=>d(()=>{o(m),i&&typeof i.abort=="function"&&i.abort()});if(u=t.g(()=>c(new f("aborted"))),s)return;a=y(e.timeout+Le,()=>c(new f("timeout")));let l=m=>d(()=>{var te;let ee=re(m,!!e.file||((te=e.dataType)!=null?te:"json")==="json");ee.status>0?n(ee):o(new f("invalid_response",{detail:"there is no status"}))}),g=m=>d(()=>o(oe(m!=null?m:{})));try{i=e.file?Ie(r,e,l,g):Re(r,e,l,g)}catch(m){d(()=>o(new f("invalid_option",{errMsg:String(m)})))}})}function Re(r,e,t,n){let{url:o,method:i,header:s,timeout:a,data:u,dataType:d,responseType:c}=e,l={url:o,method:i,header:s,timeout:a,success:t,fail:n};return u!==void 0&&(l.data=u),d!==void 0&&(l.dataType=d),c!==void 0&&(l.responseType=c),r.request(l)}function Ie(r,e,t,n){let{url:o,header:i,timeout:s,data:a,file:u}=e,d={url:o,filePath:u==null?void 0:u.path,name:u==null?void 0:u.name,header:i,timeout:s,success:t,fail:n};return a!==void 0&&(d.formData=a),r.uploadFile(d)}var Ue=3,qe=300;function Fe(r){return r instanceof f&&r.errno===600007}var S=class{constructor(e,t){this.e=e;this.o=t}async run(e,t,n){let o=!1;for(let i=0;;){e.auth!=="none"&&await t.u(this.session(e,n));let s=new G(this.e,e,t),a;try{a=await s.answer()}catch(c){let l=Fe(c);if(!(l||e.idempotent&&s.j(c))||i++===Ue)throw c;l&&await j(qe*i,t),await t.u(this.e.d.visible());continue}if(!a)continue;if(a.status>=200&&a.status<300)return a;let u=w(a),d=a.status===401&&e.auth!=="none"&&!o;if(o=!0,!d||!await t.u(this.o.S(s.token,n,e.auth==="login",u.code)))throw u}}async session(e,t){if(e.auth==="held")return this.o.W();if(await this.o.w(),t!==this.o.p)throw new f("aborted",{detail:"the user has logged out meanwhile"});await this.o._()}},G=class{constructor(e,t,n){this.e=e;this.call=t;this.v=n;this.token="";this.f=0}answer(){let{n:e,E:t,r:n,d:o}=this.e;return t.run(()=>{var i,s;return this.token=(s=(i=n.t)==null?void 0:i.accessToken)!=null?s:"",this.f=o.f,this.call.auth==="none"?E(e.wx,this.call.wire,this.v):this.token?E(e.wx,Object.assign({},this.call.wire,{header:this.L()}),this.v):Promise.resolve(null)},this.v)}j(e){return e instanceof f?e.code==="interrupted"?!0:(e.code==="network"||e.code==="timeout")&&this.f!==this.e.d.f:!1}L(){let e={},t=this.call.wire.header;return Object.keys(t).forEach(n=>{n.toLowerCase()!=="authorization"&&(e[n]=t[n])}),e.Authorization=`Bearer ${this.token}`,e}};var x=class{constructor(){this.aborted=!1;this.a=new Set}abort(){this.aborted||(this.aborted=!0,this.a.forEach(e=>e()),this.a.clear())}g(e){return this.aborted?(e(),()=>{}):(this.a.add(e),()=>this.a.delete(e))}u(e){return new Promise((t,n)=>{let o=this.g(()=>n(new f("aborted")));e.then(i=>{o(),t(i)},i=>{o(),n(i)})})}};var V={ms:6e4,part:.2},se={ms:5e3,part:.05};function z(r,e){if(e<r.receivedAt-V.ms)return"soon";let t=r.expiresAt-e,n=r.expiresAt-r.receivedAt;return t<=Math.min(se.ms,n*se.part)?"now":t<=Math.min(V.ms,n*V.part)?"soon":"none"}function b(r,e,t,n=e==null?void 0:e.seed){var a,u;let o=h(r)?r:{},i=h(o.user)?o.user:{};if(![o.access_token,o.refresh_token,o.session_id,i.id].every(d=>typeof d=="string"&&d!=="")||!ae(o.expires_in))throw new f("invalid_response",{detail:"this is no answer of hufu to a login: is the base URL right?"});return{sessionId:String(o.session_id),user:i,accessToken:String(o.access_token),refreshToken:String(o.refresh_token),isNewUser:typeof o.is_new_user=="boolean"?o.is_new_user:(a=e==null?void 0:e.isNewUser)!=null?a:!1,receivedAt:t,expiresAt:t+o.expires_in*1e3,refreshExpiresAt:t+(ae(o.refresh_expires_in)?o.refresh_expires_in:0)*1e3,serial:((u=e==null?void 0:e.serial)!=null?u:0)+1,seed:n}}function ae(r){return typeof r=="number"&&r>0}function ue(r){if(!h(r)||!h(r.user))return!1;let{sessionId:e,accessToken:t,refreshToken:n,receivedAt:o,expiresAt:i,serial:s,seed:a,refreshKey:u}=r;return[e,t,n].every(d=>typeof d=="string"&&d!=="")&&[o,i,s].every(d=>typeof d=="number")&&[a,u].every(d=>d===void 0||typeof d=="string")}function de(r){var e,t;return(t=r.refreshKey)!=null?t:`refresh-generation-${(e=r.seed)!=null?e:r.sessionId}.${r.serial}`}function P(r){let{sessionId:e,user:t,accessToken:n,expiresAt:o,refreshExpiresAt:i,isNewUser:s}=r;return{sessionId:e,user:Object.assign({},t),accessToken:n,expiresAt:o,refreshExpiresAt:i,isNewUser:s}}function v(r,e,t){return new Promise((n,o)=>{let i=y(r,()=>o({errMsg:"no callback in time"})),s=u=>{i(),n(u)},a=u=>{i(),o(u)};try{e(Object.assign({success:s,fail:a},t))}catch(u){a({errMsg:String(u)})}})}var W=class{constructor(){this.a=new Map}on(e,t){var o;let n=(o=this.a.get(e))!=null?o:new Set;return this.a.set(e,n),n.add(t),()=>{n.delete(t)}}emit(e,t){var n;Array.from((n=this.a.get(e))!=null?n:[]).forEach(o=>{try{o(t)}catch(i){ie(i)}})}};var L=class{constructor(e){this.wx=e;this.k=!1;this.i=[];this.f=0;this.hide=()=>{this.k=!0,this.f++};this.show=()=>{this.k=!1;let e=this.i;this.i=[],e.forEach(t=>t())};var t,n;(t=e.onAppHide)==null||t.call(e,this.hide),(n=e.onAppShow)==null||n.call(e,this.show)}visible(){return this.k?new Promise(e=>this.i.push(e)):Promise.resolve()}destroy(){var e,t,n,o;(t=(e=this.wx).offAppHide)==null||t.call(e,this.hide),(o=(n=this.wx).offAppShow)==null||o.call(n,this.show)}};var R=class{constructor(e){this.limit=e;this.x=0;this.i=[]}run(e,t,n=!1){return new Promise((o,i)=>{let s=()=>{},a={start:()=>{s(),this.x++;let u=()=>{this.x--,this.next()};new Promise(d=>d(e())).then(d=>{u(),o(d)},d=>{u(),i(d)})}};s=t.g(()=>{let u=this.i.indexOf(a);u>=0&&this.i.splice(u,1),i(new f("aborted"))}),!t.aborted&&(n?this.i.unshift(a):this.i.push(a),this.next())})}next(){for(;this.x<this.limit;){let e=this.i.shift();if(!e)return;e.start()}}};var T=3e3;function fe(r){return{get:e=>v(T,t=>r.getStorage(t),{key:e}).then(t=>t.data,()=>{}),set:(e,t)=>v(T,n=>r.setStorage(n),{key:e,data:t}),remove:e=>v(T,t=>r.removeStorage(t),{key:e})}}var J=1,I=class{constructor(e,t,n){this.storage=e;this.key=t;this.holder=n;this.t=null;this.login=null;this.y=Promise.resolve()}async load(){var t,n;let e=await this.read();this.t=(t=e==null?void 0:e.session)!=null?t:null,this.login=(n=e==null?void 0:e.login)!=null?n:null}save(){return this.y=this.y.then(()=>ce(()=>this.write())),this.y}async R(){var n;await this.y;let e=(n=await this.read())==null?void 0:n.session,t=this.t;return!e||!t||e.sessionId!==t.sessionId||(e.refreshToken===t.refreshToken&&e.refreshKey&&(t.refreshKey=e.refreshKey),e.serial<=t.serial)?!1:(this.t=e,!0)}async read(){let e;if(await ce(async()=>{e=await this.storage.get(this.key)}),!h(e)||e.version!==J||e.holder!==this.holder)return;let{session:t,login:n}=e;return{version:J,holder:this.holder,session:ue(t)?t:null,login:$e(n)?n:null}}async write(){var s;let{t:e,login:t}=this;if(!e&&!t)return this.storage.remove(this.key);let n=e&&((s=await this.read())==null?void 0:s.session),o=n&&e&&n.sessionId===e.sessionId&&n.serial>e.serial?n:e,i={version:J,holder:this.holder,session:o&&Object.assign({},o),login:t};return this.storage.set(this.key,i)}};function $e(r){return h(r)&&typeof r.code=="string"&&typeof r.key=="string"&&typeof r.at=="number"}function ce(r){return new Promise(e=>{let t=y(T,e),n=()=>{t(),e()};r().then(n,n)})}function le(r){return{n:r,r:new I(r.storage,r.I,r.holder),E:new R(r.maxInFlight),d:new L(r.wx),events:new W,end:new x}}var Me=2e4;function _(r,e,t,n){let{n:o,E:i,end:s}=r,a=Math.min(o.timeout,Me),u={url:e,method:"POST",data:t,header:Object.assign({"Content-Type":"application/json"},n),timeout:a};return i.run(()=>E(o.wx,u,s),s,!0)}var pe=2e4;function me(r){return r.n.simulator?Ne(r,r.n.simulator):Ke(r)}async function Ke({n:r}){let e;try{e=await v(pe+2e3,t=>r.wx.login(t),{timeout:pe})}catch(t){let{errMsg:n,errno:o}=t!=null?t:{};throw new f("login_failed",{errMsg:n,errno:o})}return he(e,"wx.login gave no code")}async function Ne(r,e){var n;let t={appid:r.n.appid,user:e.user};try{let o=await _(r,`${e.url}/sim/v1/wx/login`,t,{});if(o.status!==200)throw w(o);return he(o.data,"the simulator gave no code")}catch(o){let{code:i,detail:s,errMsg:a,errno:u,status:d}=p(o,"network");throw i==="aborted"||i==="login_failed"?o:new f("login_failed",{status:d,errMsg:a,errno:u,detail:`the simulator at ${e.url}: ${(n=s!=null?s:a)!=null?n:i}`})}}function he(r,e){let t=h(r)?r.code:void 0;if(typeof t=="string"&&t!=="")return t;throw new f("login_failed",{detail:e})}var ge=16,Be=500;async function ye(r,e){let t=`${e.toString(36)}-${we()}${we()}`;try{if(!r.getRandomValues)return t;let{randomValues:n}=await v(Be,i=>{var s;return(s=r.getRandomValues)==null?void 0:s.call(r,i)},{length:ge}),o=Array.from(new Uint8Array(n));return o.length===ge?o.map(i=>(i+256).toString(16).slice(1)).join(""):t}catch(n){return t}}function we(){return(Math.random().toString(36).slice(2)+"00000000000").slice(0,11)}var De=4,Ge=500,Ve=5e3;function C(r){switch(r.code){case"network":case"timeout":case"interrupted":case"aborted":case"invalid_response":return!0;case"wechat_rejected":return!1}return r.status===429||r.status>=500}async function U(r,e,t){for(let n=1;;n++)try{return await t()}catch(o){let i=p(o,"invalid_response"),s=ze(i,n);if(n>=De||s>Ve||e.aborted||!C(i))throw i;i.code!=="interrupted"&&await j(s,e),await e.u(r.visible())}}function ze(r,e){var n;let t=Ge*Math.pow(2,e-1)*(.75+Math.random()/2);return Math.max(t,((n=r.retryAfter)!=null?n:0)*1e3)}var Je=28e4;async function Q(r,e,t=!0){let{r:n,n:o}=r,i=e?null:q(n.login,o.now());for(let s=t;;s=!1){i=i!=null?i:await Xe(r);try{let a=await Ye(r,i);return n.t=b(a,null,o.now(),i.key),n.login=null,n.save(),n.t}catch(a){let u=p(a,"invalid_response");if(C(u)||(n.login=i=null,n.save(),!s||!Qe(u)))throw u}}}function q(r,e){return r&&e>=r.at&&e-r.at<Je?r:null}function Qe(r){return r.code==="invalid_code"||r.code==="code_already_used"||r.code==="idempotency_conflict"}async function Xe(r){let{r:e,n:t}=r,n=await me(r),o=t.now(),i={code:n,key:await ye(t.wx,o),at:o};return t.device&&(i.device=t.device),e.login=i,await e.save(),i}async function Ye(r,e){let{n:t,d:n,end:o}=r,i={appid:t.appid,code:e.code};return e.device&&(i.device=e.device),U(n,o,async()=>{let s=await _(r,`${t.baseURL}/v1/login`,i,{"Idempotency-Key":e.key});if(s.status!==200)throw w(s);return b(s.data,null,0),s.data})}var Ze=["invalid_token","token_expired","session_revoked","token_reused","invalid_request"];function X(r){return Ze.indexOf(r.code)>=0}async function ve(r){let{r:e,n:t,events:n}=r;if(await e.R())return null;let o=e.t;if(!o)return new f("session_revoked",{detail:"nobody is logged in"});o.refreshKey=de(o),await e.save();try{let i=await et(r,o,o.refreshKey);return e.t!==o||(e.t=b(i,o,t.now()),e.save()),null}catch(i){let s=p(i,"invalid_response");if(!X(s))throw s;return e.t!==o?null:(e.t=null,e.save(),n.emit("expired",s),s)}}function et(r,e,t){let{n,d:o,end:i}=r;return U(o,i,async()=>{let s=await _(r,`${n.baseURL}/v1/refresh`,{refresh_token:e.refreshToken},{"Idempotency-Key":t});if(s.status!==200)throw w(s);return b(s.data,null,0),s.data})}var tt=1e4,F=class{constructor(e){this.e=e;this.p=0;this.s=null;this.m=null;this.l=null;this.T="";this.c=e.r.load()}async resume(){var n;await this.c;let{r:e,n:t}=this.e;q(e.login,t.now())&&await k(this.login(!1)),(n=e.t)!=null&&n.refreshKey&&await k(this.refresh())}async w(){for(await this.c;this.l;)await k(this.l)}async _(){var e,t;return await this.w(),await this.b(),(t=(e=await this.C())!=null?e:this.e.r.t)!=null?t:this.login(!1)}async W(){if(await this.c,await this.b(),this.e.r.t&&await this.C(),!this.e.r.t)throw new f("session_revoked",{detail:"nobody is logged in"})}async S(e,t,n,o){var s,a;if(n&&(await this.w(),t!==this.p))return!1;await this.b();let{r:i}=this.e;if(i.t&&i.t.accessToken!==e)return!0;if(i.t){if(n&&o!=="session_revoked"&&e===this.T&&this.U(i.t))return!1;let u=await this.refresh();if(u&&!n)throw u;this.T=(a=(s=i.t)==null?void 0:s.accessToken)!=null?a:""}return i.t?!0:n?(await this.login(!1),!0):!1}U(e){let t=this.e.n.now();return Math.abs(t-e.receivedAt)<tt&&z(e,t)==="none"}login(e){if(this.s)return this.s;let t=this.m,n=k(t).then(()=>Q(this.e,e));return this.s=n,this.O(n,()=>{this.s=null},o=>{this.e.events.emit("login",P(o))}),n}logout(e){if(this.l)return this.l;let t=this.leave(e);this.l=t;let n=()=>{this.l=null};return t.then(n,n),t}async leave(e){await this.c,await k(this.s);let{r:t,events:n,n:o}=this.e,i=!1;for(;t.t||q(t.login,o.now());)t.t||await this.complete(),t.t&&(await e(),i=!0,t.t=null,t.save());this.p++,t.login=null,await t.save(),i&&n.emit("logout",void 0)}async complete(){try{await Q(this.e,!1,!1)}catch(e){if(C(p(e,"invalid_response")))throw e;this.e.r.login=null}}async b(){if(this.s)try{await this.s}catch(e){if(!this.e.r.t)throw e}}async C(){let{r:e,n:t}=this.e;if(!e.t)return null;let n=z(e.t,t.now());if(n==="soon"&&k(this.refresh()),n==="now")try{await this.refresh()}catch(o){if(e.t&&t.now()>=e.t.expiresAt)throw o}return e.t}refresh(){if(this.m)return this.m;let e=this.q(this.e.r.t);return this.m=e,this.O(e,()=>{this.m=null},t=>{let{t:n}=this.e.r;!t&&n&&this.e.events.emit("refresh",P(n))}),e}async q(e){return this.s&&(await k(this.s),this.e.r.t!==e)?null:ve(this.e)}O(e,t,n){e.then(o=>{t(),n(o)},o=>{t();let i=p(o,"invalid_response");i.code!=="aborted"&&this.e.events.emit("error",i)})}};async function k(r){try{await r}catch(e){}}function ke(r,e){let{url:t,data:n,header:o,method:i,timeout:s,auth:a}=e!=null?e:{};return{kind:"request",url:Y(r,t),method:i!=null?i:"GET",data:n,header:Object.assign({},o),timeout:s!=null?s:r.timeout,auth:a!=null?a:!0}}function xe(r,e){let{url:t,formData:n,header:o,timeout:i,auth:s,filePath:a}=e!=null?e:{};if(typeof a!="string"||a==="")throw Ee("filePath","filePath is the path of a file");return{kind:"upload",url:Y(r,t),method:"POST",data:n,header:Object.assign({},o),timeout:i!=null?i:r.timeout,auth:s!=null?s:!0}}function be(r,e){var c,l,g;let{url:t,method:n,header:o,timeout:i,data:s,auth:a}=r,u={url:t,method:n,header:o,timeout:i,data:s};r.kind==="upload"?u.file={path:(c=e.filePath)!=null?c:"",name:(l=e.name)!=null?l:"file"}:Object.assign(u,{dataType:e.dataType,responseType:e.responseType});let d=n!=="POST"&&n!=="CONNECT";return{wire:u,auth:a?"login":"none",idempotent:(g=e.idempotent)!=null?g:d}}async function Pe(r,e,t){var l,g;let n=Object.assign({},t),o=t;for(let m of e)o=(g=await((l=m.request)==null?void 0:l.call(m,o)))!=null?g:o;let{url:i,method:s,data:a,header:u,timeout:d,auth:c}=o;return{kind:n.kind,url:Y(r,i!=null?i:n.url),method:s!=null?s:n.method,data:a,header:u!=null?u:{},timeout:d>0&&isFinite(d)?+d:r.timeout,auth:c!=null?c:n.auth}}async function _e(r,e,t){var u,d;let{data:n,status:o,header:i,requestId:s}=e,a={data:n,status:o,header:i,requestId:s};for(let c of r)a=(d=await((u=c.response)==null?void 0:u.call(c,a,t)))!=null?d:a;return a}function Y(r,e){if(typeof e=="string"&&/^https?:\/\//i.test(e))return e;if(typeof e=="string"&&e.charAt(0)==="/")return r.baseURL+e;throw Ee("url","url is a path that begins with / or an address that begins with https://")}function Ee(r,e){return new f("invalid_option",{field:r,detail:e})}function M(r,e){let t=new x,n=r?r.g(()=>t.abort()):()=>{},o=new Promise((i,s)=>{let a=t.aborted?Promise.reject(new f("aborted")):Promise.resolve().then(()=>e(t));t.u(a).then(u=>{n(),i(u)},u=>{n(),s(p(u,"invalid_option"))})});return Object.assign(o,{abort:()=>t.abort()})}var rt=20,K=class{constructor(e){this.e=e;this.h=[];this.o=new F(e),this.P=new S(e,this.o),this.H=this.o.resume()}get session(){let{t:e}=this.e.r;return e&&P(e)}ready(){return this.H}login(e){return this.task(async()=>(await this.o.w(),P(await(e!=null&&e.force?this.o.login(!0):this.o._()))))}request(e){return this.send(e,()=>ke(this.e.n,e))}upload(e){return this.send(Object.assign({idempotent:!1},e),()=>xe(this.e.n,e))}me(){return this.task(async(e,t)=>{let{data:n}=await this.ask("GET","/v1/me","login",e,t),o=Z(n),{t:i}=this.e.r;return i&&i.user.id===o.id&&(i.user=o,this.e.r.save()),o})}checkSession(e){return this.task(async(t,n)=>{try{let{data:o}=await this.ask("GET",e!=null&&e.wechat?"/v1/session?wechat=true":"/v1/session","held",t,n);return Z(o)}catch(o){let i=p(o,"invalid_response");if(this.A(i))return{active:!1,code:i.code};throw i}})}sessions(){return this.task(async(e,t)=>{let n=[],o=null;for(let i=0;i<rt;i++){let s=typeof o=="string"?`/v1/sessions?cursor=${encodeURIComponent(o)}`:"/v1/sessions",a=Z((await this.ask("GET",s,"login",e,t)).data);if(Array.isArray(a.data)&&n.push(...a.data),o=a.next_cursor,!o)break}return n})}endSession(e){return this.task(async(t,n)=>{var o;if(typeof e!="string"||e==="")throw new f("invalid_option",{field:"id",detail:"id is the session_id of a session"});if(await this.o.c,((o=this.e.r.t)==null?void 0:o.sessionId)===e)return this.leave();await this.ask("DELETE",`/v1/sessions/${encodeURIComponent(e)}`,"login",t,n)})}logout(){return this.task(()=>this.leave())}on(e,t){return this.e.events.on(e,t)}use(e){return this.h=this.h.concat(e),()=>{this.h=this.h.filter(t=>t!==e)}}destroy(){this.e.end.abort(),this.e.d.destroy()}task(e){let{p:t}=this.o;return M(this.e.end,n=>e(n,t))}send(e,t){return this.task(async(n,o)=>{let i=this.h,s=await Pe(this.e.n,i,t()),a=await this.P.run(be(s,e),n,o);return _e(i,a,s)})}ask(e,t,n,o,i){let{baseURL:s,timeout:a}=this.e.n;return this.P.run({wire:{url:s+t,method:e,header:{},timeout:a},auth:n,idempotent:!0},o,i)}A(e){return e.status===401||X(e)&&!this.e.r.t}leave(){return this.o.logout(async()=>{try{await this.ask("DELETE","/v1/session","held",this.e.end,this.o.p)}catch(e){if(!this.A(p(e,"invalid_response")))throw e}})}};function Z(r){if(h(r))return r;throw new f("invalid_response",{detail:"this is no answer of hufu: is the base URL right?"})}var nt=6e4,ot=10;function Oe(r){var d,c,l,g;let e=r!=null?r:{},t=(d=e.wx)!=null?d:typeof wx=="undefined"?void 0:wx;if(!t||typeof t.request!="function")throw N("wx","there is no global wx here: pass one as `wx`");let n=Te("baseURL",e.baseURL),{appId:o,envVersion:i}=it(t),s=(c=e.appid)!=null?c:o;if(!s)throw N("appid","the appid is not known here: pass it as `appid`");let a=i!=null?i:"release",u=e.simulator&&a==="develop"?{url:Te("simulator.url",e.simulator.url),user:String(e.simulator.user)}:void 0;return{baseURL:n,appid:s,simulator:u,wx:t,device:e.device,timeout:Ce("timeout",e.timeout,nt),maxInFlight:Ce("maxInFlight",e.maxInFlight,ot),storage:(l=e.storage)!=null?l:fe(t),I:`hufu:${s}:${a}`,holder:u?`${n} ${u.user}`:n,now:(g=e.now)!=null?g:(()=>Date.now())}}function it(r){var e,t;try{return(t=(e=r.getAccountInfoSync)==null?void 0:e.call(r).miniProgram)!=null?t:{}}catch(n){return{}}}function Te(r,e){let t=typeof e=="string"?e.replace(/\/+$/,""):"";if(!/^https?:\/\/[^\s?#]+$/.test(t))throw N(r,`${r} must look like https://login.example.com`);return t}function Ce(r,e,t){if(e===void 0)return t;if(!(e>0))throw N(r,`${r} must be above 0`);return e}function N(r,e){return new f("invalid_option",{field:r,detail:e})}function He(r){let e=()=>M(null,()=>Promise.reject(r)),t=()=>()=>{};return{session:null,ready:()=>Promise.resolve(),login:e,request:e,upload:e,me:e,checkSession:e,sessions:e,endSession:e,logout:e,on:t,use:t,destroy:()=>{}}}function Ae(r){try{return new K(le(Oe(r)))}catch(e){return He(p(e,"invalid_option"))}}Object.assign($,{clientCodes:O,createHufu:Ae,errorCodes:B,HufuError:f,serverCodes:H});})();

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

  /** Takes this page's listeners off the client. */
  silence: [] ,

  /** The logout under way, or the last one. */
  leaving: undefined ,

  /** Stands for the note that is being written, until the backend has it. */
  noteId: '',

  onLoad() {
    this.silence = [
      hufu.on('login', (session) => {
        // Nobody tapped: a request met a session that was over.
        if (!this.data.pending.login) this.recovered(t.loggedInSilently)
        this.show(session)
      }),
      hufu.on('refresh', (session) => {
        this.recovered(t.refreshed)
        this.show(session)
      }),
      hufu.on('expired', () => this.show(null)),
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
}; exports.failures = failures

/** Says in words why a step failed. Anything that is not the SDK's is a fault of this program. */
 function explain(error, language) {
  if (!(error instanceof _miniprogram.HufuError)) {
    const [what, advice] = fault[language]
    return { code: 'unexpected', what, advice, requestId: '' }
  }
  // A backend of your own may answer with codes of its own: add words for them here.
  const words = exports.failures[error.code ] ?? exports.failures.http_error
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
"texts":{requires:{},run:function(require,module,exports){"use strict";Object.defineProperty(exports, "__esModule", {value: true});/** The languages this mini program speaks. */


/** The phone's language: Chinese where WeChat is set to any Chinese, else English. */
 function language() {
  return wx.getAppBaseInfo().language.startsWith('zh') ? 'zh' : 'en'
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

}}
}}}};
