// src/user-data/make.ts
import { HufuError as HufuError4 } from "./index.mjs";

// src/user-data/object.ts
import { HufuError } from "./index.mjs";
function fieldsOf(value) {
  return typeof value === "object" && value !== null ? value : {};
}
function textOf(value) {
  return typeof value === "string" ? value : "";
}
function codesOf(value) {
  const { errMsg, errno } = fieldsOf(value);
  return { errMsg: textOf(errMsg), errno: typeof errno === "number" ? errno : void 0 };
}
function userIn(data) {
  if (textOf(fieldsOf(data).id)) return data;
  throw strange();
}
function openedIn(data) {
  const opened = fieldsOf(data).data;
  if (opened) return opened;
  throw strange();
}
function strange() {
  return new HufuError("invalid_response", { detail: "this is no answer of hufu: is the base URL right?" });
}
function invalid(field, detail) {
  return new HufuError("invalid_option", { field, detail });
}
function isHufuError(thrown) {
  return fieldsOf(thrown).name === "HufuError";
}

// src/user-data/consent.ts
var Consents = class {
  constructor(hufu, own) {
    this.hufu = hufu;
    this.taken = false;
    /** The server takes none of the consents that the app keeps. */
    this.refused = false;
    var _a;
    const { _consent } = fieldsOf(hufu);
    _consent == null ? void 0 : _consent.call(hufu, () => {
      this.taken = true;
      if (this.next) return this.next;
      const given = this.refused ? null : own == null ? void 0 : own();
      return given ? wire(given) : void 0;
    });
    if (own) (_a = hufu == null ? void 0 : hufu.on) == null ? void 0 : _a.call(hufu, "error", ({ field }) => {
      if (!this.next && /^(consent|policyVersion|agreedAt)/.test(textOf(field))) this.refused = true;
    });
  }
  /** Logs in with it. Rejects as the login does. */
  async record(consent) {
    const mine = wire(consent);
    this.next = mine;
    this.taken = false;
    try {
      let session = await this.hufu.login({ force: true });
      if (!this.taken) session = await this.hufu.login({ force: true });
      this.forget(mine);
      return session;
    } catch (thrown) {
      if (isRefused(thrown)) this.forget(mine);
      throw thrown;
    }
  }
  forget(told) {
    if (this.next === told) this.next = void 0;
  }
};
function isRefused(thrown) {
  return isHufuError(thrown) && thrown.status >= 400 && thrown.status < 500 && thrown.status !== 429;
}
function wire(consent) {
  const { policyVersion, agreedAt } = fieldsOf(consent);
  if (!textOf(policyVersion)) throw invalid("policyVersion", "policyVersion says which policy the user has agreed to");
  const at = agreedAt === void 0 ? /* @__PURE__ */ new Date() : new Date(agreedAt);
  if (isNaN(at.getTime())) throw invalid("agreedAt", "agreedAt is a Date, ms, or RFC 3339");
  return { policy_version: textOf(policyVersion), agreed_at: at.toISOString() };
}

// src/user-data/erase.ts
async function erase(hufu, everywhere) {
  const ask2 = () => hufu.request({ url: everywhere ? "/v1/me?scope=user" : "/v1/me", method: "DELETE" });
  try {
    await ask2();
  } catch (thrown) {
    if (fieldsOf(thrown).code !== "login_too_old") throw thrown;
    await hufu.login({ force: true });
    await ask2();
  }
  const { _forget } = hufu;
  await (_forget ? _forget.call(hufu) : hufu.logout()).catch(() => void 0);
}

// src/user-data/post.ts
async function post(hufu, path2, data) {
  return (await hufu.request({ url: path2, method: "POST", data, idempotent: true })).data;
}
async function keeping(hufu, step) {
  var _a;
  const before = (_a = hufu.session) == null ? void 0 : _a.sessionId;
  const user = userIn(await step());
  const { _keep } = hufu;
  return _keep ? _keep.call(hufu, user, before) : user;
}

// src/user-data/refusal.ts
import { HufuError as HufuError2 } from "./index.mjs";
function refusal(failure) {
  const { errMsg, errno } = codesOf(failure);
  return new HufuError2(codeOf(errMsg, errno), { errMsg, errno });
}
function codeOf(errMsg, errno) {
  if (errno === 112 || errno === 1025 || /privacy agreement|privacy api banned/i.test(errMsg)) return "privacy_undeclared";
  if (errno === 1400001) return "quota_exhausted";
  const closed = /cancel|den(y|ied)/i.test(errMsg);
  if (/privacy/i.test(errMsg) || errno === 101102 || errno === 104 && !closed) return "privacy_denied";
  if (errno === 102 || /no permission/i.test(errMsg)) return "no_permission";
  if (closed || errno === 103 || errno === 104 || /unauthorized|disagree/i.test(errMsg)) return "user_denied";
  if (errno === 5 || /timed? ?out|超时/i.test(errMsg)) return "timeout";
  if (errno === 108 || /^6000\d\d$/.test(`${errno}`) || /net::|network|网络/i.test(errMsg)) return "network";
  return "wechat_failed";
}

// src/user-data/ask.ts
function ask(start, options) {
  return new Promise((resolve, reject) => {
    const fail = (failure) => reject(refusal(failure));
    try {
      start(Object.assign({ success: resolve, fail }, options));
    } catch (thrown) {
      fail({ errMsg: String(thrown) });
    }
  });
}

// src/user-data/revive.ts
async function revive({ hufu, wx: wx2 }, thrown) {
  if (!isHufuError(thrown) || thrown.code !== "wechat_failed" || !wx2.checkSession) throw thrown;
  const lives = await ask((options) => {
    var _a;
    return (_a = wx2.checkSession) == null ? void 0 : _a.call(wx2, options);
  }, {}).then(() => true, () => false);
  if (lives) throw thrown;
  await hufu.login({ force: true });
}

// src/user-data/sealed.ts
function sealedIn(given) {
  const { encryptedData, iv, errMsg } = fieldsOf(given);
  if (textOf(encryptedData) && textOf(iv)) return given;
  throw errMsg ? refusal(given) : invalid("encryptedData", "give encryptedData and iv as WeChat gave them");
}
function isStale(thrown) {
  return isHufuError(thrown) && (thrown.code === "session_key_stale" || thrown.code === "decrypt_failed");
}
async function open(hufu, given, send2, again) {
  try {
    return await send2(given);
  } catch (thrown) {
    if (!isStale(thrown)) throw thrown;
    await hufu.login({ force: true });
    if (!again) throw thrown;
    const other = sealedIn(await got(again));
    if (other.encryptedData === given.encryptedData) throw thrown;
    return send2(other);
  }
}
async function decrypt(parts, from, again) {
  const { hufu } = parts;
  const send2 = async ({ encryptedData, iv }) => openedIn(await post(hufu, "/v1/me/decrypt", { encrypted_data: encryptedData, iv }));
  const get = typeof from === "function" ? from : void 0;
  const other = again != null ? again : get;
  let given;
  try {
    given = sealedIn(get ? await got(get) : from);
  } catch (thrown) {
    await revive(parts, thrown);
    if (!other) throw thrown;
    return send2(sealedIn(await got(other)));
  }
  return open(hufu, given, send2, other);
}
async function got(again) {
  try {
    return await again();
  } catch (thrown) {
    throw isHufuError(thrown) ? thrown : refusal(thrown instanceof Error ? { errMsg: thrown.message } : thrown);
  }
}

// src/user-data/phone.ts
var path = "/v1/me/phone";
async function phoneNumber(parts, event) {
  const { hufu } = parts;
  const detail = fieldsOf(fieldsOf(event).detail);
  const code = textOf(detail.code);
  if (code) return keeping(hufu, () => twice(() => post(hufu, path, { code })));
  let given;
  try {
    given = sealedIn(Object.assign({ errMsg: "there is neither a code nor data in the event" }, detail));
  } catch (thrown) {
    await revive(parts, thrown);
    throw thrown;
  }
  return keeping(hufu, () => open(hufu, given, ({ encryptedData, iv }) => post(hufu, path, { encrypted_data: encryptedData, iv })));
}
async function twice(send2) {
  try {
    return await send2();
  } catch (thrown) {
    if (!isHufuError(thrown) || thrown.code !== "network" && thrown.code !== "timeout") throw thrown;
    return send2();
  }
}

// src/user-data/privacy.ts
function privacyOf(wx2) {
  const handlers = [];
  let gone;
  return {
    onNeedPrivacy(handler) {
      handlers.push(handler);
      if (!gone && typeof wx2.onNeedPrivacyAuthorization === "function") gone = listen(wx2, handlers);
      return () => {
        const at = handlers.lastIndexOf(handler);
        if (at < 0) return;
        handlers.splice(at, 1);
        if (gone && handlers.indexOf(handler) < 0) gone(handler);
      };
    },
    async getPrivacySetting() {
      if (!wx2.getPrivacySetting) return { needAuthorization: false, privacyContractName: "" };
      const { needAuthorization, privacyContractName } = await ask((options) => {
        var _a;
        return (_a = wx2.getPrivacySetting) == null ? void 0 : _a.call(wx2, options);
      }, {});
      return { needAuthorization: needAuthorization === true, privacyContractName: textOf(privacyContractName) };
    },
    async requirePrivacyAuthorize() {
      if (wx2.requirePrivacyAuthorize) await ask((options) => {
        var _a;
        return (_a = wx2.requirePrivacyAuthorize) == null ? void 0 : _a.call(wx2, options);
      }, {});
    },
    async openPrivacyContract() {
      if (wx2.openPrivacyContract) await ask((options) => {
        var _a;
        return (_a = wx2.openPrivacyContract) == null ? void 0 : _a.call(wx2, options);
      }, {});
    }
  };
}
function listen(wx2, handlers) {
  var _a;
  let waiting = [];
  let asked2;
  const settle = (answer) => {
    const all = waiting;
    waiting = [];
    all.forEach((resolve) => resolve(answer));
  };
  (_a = wx2.onNeedPrivacyAuthorization) == null ? void 0 : _a.call(wx2, (resolve, info) => {
    waiting.push(resolve);
    if (waiting.length > 1) return;
    const mine = waiting;
    const once = (answer) => {
      if (waiting === mine) settle(answer);
    };
    const handler = handlers[handlers.length - 1];
    asked2 = handler;
    if (!handler) return once({ event: "disagree" });
    try {
      handler({
        referrer: textOf(info == null ? void 0 : info.referrer),
        shown: () => {
          if (waiting === mine) mine.forEach((one) => one({ event: "exposureAuthorization" }));
        },
        agree: (buttonId) => once({ event: "agree", buttonId }),
        disagree: () => once({ event: "disagree" })
      });
    } catch (thrown) {
      once({ event: "disagree" });
      throw thrown;
    }
  });
  return (handler) => {
    if (handler === asked2) settle({ event: "disagree" });
  };
}

// src/user-data/profile.ts
import { HufuError as HufuError3 } from "./index.mjs";
var local = /^http:\/\/(tmp|usr|store|127\.0\.0\.1|localhost)[:/]/i;
function avatar(hufu, from) {
  const { avatarUrl, errMsg } = fieldsOf(fieldsOf(from).detail);
  const filePath = textOf(from) || textOf(avatarUrl);
  if (!filePath) throw errMsg ? refusal({ errMsg }) : invalid("avatarUrl", "give the event of chooseAvatar, or the path of a file");
  if (/^https?:/i.test(filePath) && !local.test(filePath)) {
    throw invalid("avatarUrl", 'this is the address of a picture and no file: WeChat changes such addresses and lets them end. Use <button open-type="chooseAvatar">');
  }
  return keeping(hufu, async () => (await hufu.upload({ url: "/v1/me/avatar", filePath, name: "file", idempotent: true })).data);
}
function nickname(hufu, from) {
  const text = typeof from === "string" ? from : typed(fieldsOf(fieldsOf(from).detail).value);
  if (text === void 0) throw invalid("nickname", 'give a text, or the event of a form whose <input type="nickname"> has the name nickname');
  if (!text.trim()) throw new HufuError3("nickname_empty", { field: "nickname", detail: "the field is empty; WeChat clears what its content check refuses" });
  return keeping(hufu, () => post(hufu, "/v1/me", { nickname: text }));
}
function typed(value) {
  if (typeof value === "string") return value;
  const fields = fieldsOf(value);
  const names = Object.keys(fields);
  const only = "nickname" in fields ? fields.nickname : names.length === 1 ? fields[names[0]] : void 0;
  return typeof only === "string" ? only : void 0;
}

// src/user-data/user-info.ts
var greyHead = "POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg";
var longestDesc = 30;
function userInfo(parts, from, again) {
  return taken(parts, from, again).catch(async (thrown) => {
    await revive(parts, thrown);
    throw thrown;
  });
}
function taken(parts, from, again) {
  const fields = fieldsOf(from);
  if ("detail" in fields) return send(parts, Object.assign({ errMsg: "there is no data in the event" }, fieldsOf(fields.detail)), again);
  if (!("desc" in fields)) return send(parts, from, again);
  const desc = textOf(fields.desc);
  if (!desc || desc.length > longestDesc) throw invalid("desc", `desc says what the data is for, in 1 to ${longestDesc} characters`);
  return asked(parts, desc, again);
}
async function asked(parts, desc, again) {
  const { wx: wx2 } = parts;
  if (can(parts, "getUserProfile")) {
    return send(parts, await ask((options) => {
      var _a;
      return (_a = wx2.getUserProfile) == null ? void 0 : _a.call(wx2, options);
    }, { desc, lang: "zh_CN" }), again);
  }
  if (!can(parts, "getUserInfo")) return anonymous(parts);
  const byInfo = () => ask((options) => {
    var _a;
    return (_a = wx2.getUserInfo) == null ? void 0 : _a.call(wx2, options);
  }, { withCredentials: true, lang: "zh_CN" });
  return send(parts, await byInfo(), again != null ? again : byInfo);
}
function can({ wx: wx2 }, name) {
  return typeof wx2[name] === "function" && (typeof wx2.canIUse !== "function" || wx2.canIUse(name));
}
async function send(parts, given, again) {
  const { hufu } = parts;
  if (isAnonymous(fieldsOf(given))) return anonymous(parts);
  const user = await keeping(hufu, () => open(hufu, sealedIn(given), (answer) => {
    const { rawData, signature, encryptedData, iv } = answer;
    return post(hufu, "/v1/me/userinfo", { raw_data: rawData, signature, encrypted_data: encryptedData, iv });
  }, again));
  return { anonymous: false, user };
}
async function anonymous({ hufu }) {
  return { anonymous: true, user: (await hufu.login()).user };
}
function isAnonymous({ rawData, userInfo: info }) {
  if (!rawData && !info) return false;
  const { nickName, avatarUrl, is_demote: demoted } = Object.assign({}, fieldsOf(info), parsed(rawData));
  const address = textOf(avatarUrl);
  return demoted === true || (!nickName || nickName === "微信用户") && (!address || address.indexOf(greyHead) >= 0);
}
function parsed(text) {
  try {
    return fieldsOf(JSON.parse(textOf(text)));
  } catch (e) {
    return {};
  }
}

// src/user-data/make.ts
function makeUserData(hufu, options) {
  var _a;
  const host = (_a = options.wx) != null ? _a : typeof wx === "undefined" ? {} : wx;
  const parts = { hufu, wx: host };
  const consents = new Consents(hufu, options.consent);
  return {
    getPhoneNumber: (event) => begun(() => phoneNumber(parts, event)),
    uploadAvatar: (from) => begun(() => avatar(hufu, from)),
    setNickname: (from) => begun(() => nickname(hufu, from)),
    getUserInfo: (from, again) => begun(() => userInfo(parts, from, again)),
    decrypt: (sealed, again) => begun(() => decrypt(parts, sealed, again)),
    recordConsent: (consent) => begun(() => consents.record(consent)),
    erase: (how) => begun(() => erase(hufu, (how == null ? void 0 : how.everywhere) === true)),
    privacy: privacyOf(host)
  };
}
function begun(work) {
  return new Promise((resolve) => resolve(work())).catch((thrown) => {
    throw isHufuError(thrown) ? thrown : new HufuError4("invalid_option", { detail: thrown instanceof Error ? thrown.message : String(thrown) });
  });
}

// src/user-data/codes.ts
var userDataCodes = [
  /** The user said no, closed the dialog, or has not allowed it before. */
  "user_denied",
  /** The user has not agreed to the privacy policy. */
  "privacy_denied",
  /** WeChat does not let this mini program: it belongs to an individual, or is not verified. */
  "no_permission",
  /** The mini program's privacy guideline does not declare this data; the developer adds it at mp.weixin.qq.com. */
  "privacy_undeclared",
  /** The phone numbers that the mini program has paid for are used up. */
  "quota_exhausted",
  /** Nothing is in the field: the user left it empty, or WeChat's content check has cleared it. */
  "nickname_empty",
  /** WeChat failed for another reason; `errMsg` and `errno` are its own words. */
  "wechat_failed"
];

// src/user-data.ts
function createUserData(hufu, options) {
  return makeUserData(hufu, options != null ? options : {});
}
export {
  createUserData,
  userDataCodes
};
