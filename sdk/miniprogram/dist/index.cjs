"use strict";
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __export = (target2, all) => {
  for (var name in all)
    __defProp(target2, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// src/index.ts
var index_exports = {};
__export(index_exports, {
  HufuError: () => HufuError,
  clientCodes: () => clientCodes,
  createHufu: () => createHufu,
  errorCodes: () => errorCodes,
  serverCodes: () => serverCodes
});
module.exports = __toCommonJS(index_exports);

// src/errors.ts
var clientCodes = [
  /** The network failed; whether the server saw the call is unknown. */
  "network",
  /** No answer in time; whether the server saw the call is unknown. */
  "timeout",
  /** `abort()` or `destroy()` was called. */
  "aborted",
  /** WeChat broke the call off because the app was in the background. */
  "interrupted",
  /** The host is not in the mini program's list of request domains. */
  "domain_not_listed",
  /** wx.login itself failed, or the simulator in its place. */
  "login_failed",
  /** The answer is not what the server says: a proxy's page, for instance. */
  "invalid_response",
  /** The call or the configuration is wrong; `detail` says how. */
  "invalid_option",
  /** An answer other than 2xx that names no code. */
  "http_error"
];
var serverCodes = [
  "invalid_request",
  "invalid_code",
  "code_already_used",
  "user_blocked",
  "insufficient_scope",
  "unknown_app",
  "not_found",
  "invalid_token",
  "token_expired",
  "session_revoked",
  "token_reused",
  "login_too_old",
  "session_key_stale",
  "decrypt_failed",
  "watermark_mismatch",
  "signature_mismatch",
  "phone_code_invalid",
  "idempotency_conflict",
  "order_paid",
  "order_closed",
  "order_expired",
  "refund_exceeds_amount",
  "conflict",
  "rate_limited",
  "wechat_quota",
  "wechat_rejected",
  "wechat_unavailable",
  "internal"
];
var errorCodes = [...clientCodes, ...serverCodes];
var HufuError = class extends Error {
  constructor(code, fields = {}) {
    super(message(code, fields));
    Object.assign(this, { status: 0, requestId: "" }, fields, { name: "HufuError", code });
  }
};
function message(code, fields) {
  var _a, _b;
  const why = (_b = (_a = fields.detail) != null ? _a : fields.errMsg) != null ? _b : fields.status ? `HTTP ${fields.status}` : "";
  return why ? `${code}: ${why}` : code;
}
function invalid(field, detail) {
  return new HufuError("invalid_option", { field, detail });
}
function asHufuError(thrown, code) {
  if (thrown instanceof HufuError) return thrown;
  return new HufuError(code, { detail: thrown instanceof Error ? thrown.message : String(thrown) });
}

// src/answer.ts
function readAnswer(raw, json) {
  var _a, _b;
  const header = {};
  const given = (_a = raw.header) != null ? _a : {};
  Object.keys(given).forEach((name) => {
    header[name.toLowerCase()] = String(given[name]);
  });
  return {
    status: Number(raw.statusCode),
    header,
    data: json ? parsed(raw.data) : raw.data,
    requestId: (_b = header["x-request-id"]) != null ? _b : ""
  };
}
function parsed(data) {
  if (typeof data !== "string" || !/^\s*[[{"]/.test(data)) return data;
  try {
    return JSON.parse(data);
  } catch (e) {
    return data;
  }
}
function problemOf(answer) {
  var _a, _b;
  const body = parsed(answer.data instanceof ArrayBuffer ? textOf(answer.data) : answer.data);
  const problem = isObject(body) ? body : {};
  const retryAfter = (_a = numberOf(problem.retry_after)) != null ? _a : numberOf(answer.header["retry-after"]);
  return new HufuError(stringOf(problem.code) || "http_error", {
    status: answer.status,
    requestId: (_b = stringOf(problem.request_id)) != null ? _b : answer.requestId,
    retryAfter,
    detail: stringOf(problem.detail),
    field: stringOf(problem.field),
    wechatErrcode: numberOf(problem.wechat_errcode),
    body
  });
}
function failureOf(failure) {
  var _a;
  const errMsg = (_a = failure.errMsg) != null ? _a : "";
  return new HufuError(codeOf(errMsg, failure.errno), { errMsg, errno: failure.errno });
}
function codeOf(errMsg, errno) {
  if (errno === 600002 || /domain list/i.test(errMsg)) return "domain_not_listed";
  if (errno === 600003 || /interrupted/i.test(errMsg)) return "interrupted";
  if (errno === 5 || /timed? ?out|超时/i.test(errMsg)) return "timeout";
  if (errno === 600009 || /invalid url|no such|file.+(found|exist)/i.test(errMsg)) return "invalid_option";
  return "network";
}
function textOf(bytes) {
  const escaped = Array.from(new Uint8Array(bytes)).map((b) => "%" + (b + 256).toString(16).slice(1)).join("");
  try {
    return decodeURIComponent(escaped);
  } catch (e) {
    return "";
  }
}
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function stringOf(value) {
  return typeof value === "string" ? value : void 0;
}
function numberOf(value) {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && isFinite(number) ? number : void 0;
}

// src/timers.ts
function after(ms, callback) {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
function delay(ms, cancel) {
  let off = () => void 0;
  const waited = cancel.race(new Promise((resolve) => {
    off = after(ms, resolve);
  }));
  return waited.catch((error) => {
    off();
    throw error;
  });
}
function throwLater(error) {
  after(0, () => {
    throw error;
  });
}

// src/transport.ts
var grace = 2e3;
function send(wx2, wire, cancel) {
  return new Promise((resolve, reject) => {
    let task;
    let settled2 = false;
    let offTimer = () => void 0;
    let offAbort = () => void 0;
    const settle = (then) => {
      if (settled2) return;
      settled2 = true;
      offTimer();
      offAbort();
      then();
    };
    const breakOff = (error) => settle(() => {
      reject(error);
      if (task && typeof task.abort === "function") task.abort();
    });
    offAbort = cancel.onAbort(() => breakOff(new HufuError("aborted")));
    if (settled2) return;
    offTimer = after(wire.timeout + grace, () => breakOff(new HufuError("timeout")));
    const success = (raw) => settle(() => {
      var _a;
      const answer = readAnswer(raw, !!wire.file || ((_a = wire.dataType) != null ? _a : "json") === "json");
      if (answer.status > 0) resolve(answer);
      else reject(new HufuError("invalid_response", { detail: "there is no status" }));
    });
    const fail = (failure) => settle(() => reject(failureOf(failure != null ? failure : {})));
    try {
      task = wire.file ? upload(wx2, wire, success, fail) : request(wx2, wire, success, fail);
    } catch (thrown) {
      settle(() => reject(new HufuError("invalid_option", { errMsg: String(thrown) })));
    }
  });
}
function request(wx2, wire, success, fail) {
  const { url, method, header, timeout, data, dataType, responseType } = wire;
  const options = { url, method, header, timeout, success, fail };
  if (data !== void 0) options.data = data;
  if (dataType !== void 0) options.dataType = dataType;
  if (responseType !== void 0) options.responseType = responseType;
  return wx2.request(options);
}
function upload(wx2, wire, success, fail) {
  const { url, header, timeout, data, file } = wire;
  const options = { url, filePath: file == null ? void 0 : file.path, name: file == null ? void 0 : file.name, header, timeout, success, fail };
  if (data !== void 0) options.formData = data;
  return wx2.uploadFile(options);
}

// src/call.ts
var comebacks = 3;
var crowdedWait = 300;
function wasTurnedAway(error) {
  return error instanceof HufuError && error.errno === 600007;
}
var Caller = class {
  constructor(context, keeper) {
    this.context = context;
    this.keeper = keeper;
  }
  /** Resolves with an answer of the 2xx; rejects with a HufuError. `epoch` is the keeper's when the app asked. */
  async run(call, cancel, epoch) {
    let recovered = false;
    for (let back = 0; ; ) {
      if (call.auth !== "none") await cancel.race(this.session(call, epoch));
      const sent = new Sending(this.context, call, cancel);
      let answer;
      try {
        answer = await sent.answer();
      } catch (error) {
        const crowded = wasTurnedAway(error);
        if (!(crowded || call.idempotent && sent.wasCutOff(error)) || back++ === comebacks) throw error;
        if (crowded) await delay(crowdedWait * back, cancel);
        await cancel.race(this.context.lifecycle.visible());
        continue;
      }
      if (!answer) continue;
      if (answer.status >= 200 && answer.status < 300) return answer;
      const problem = problemOf(answer);
      const again = answer.status === 401 && call.auth !== "none" && !recovered;
      recovered = true;
      if (!again || !await cancel.race(this.keeper.recover(sent.token, epoch, call.auth === "login", problem.code))) throw problem;
    }
  }
  async session(call, epoch) {
    if (call.auth === "held") return this.keeper.holding();
    await this.keeper.begun();
    if (epoch !== this.keeper.epoch) throw new HufuError("aborted", { detail: "the user has logged out meanwhile" });
    await this.keeper.acquire();
  }
};
var Sending = class {
  constructor(context, call, cancel) {
    this.context = context;
    this.call = call;
    this.cancel = cancel;
    this.token = "";
    this.hides = 0;
  }
  /** Gives null if the session ended while the call waited for its place. */
  answer() {
    const { config, queue, store, lifecycle } = this.context;
    return queue.run(() => {
      var _a, _b;
      this.token = (_b = (_a = store.held) == null ? void 0 : _a.accessToken) != null ? _b : "";
      this.hides = lifecycle.hides;
      if (this.call.auth === "none") return send(config.wx, this.call.wire, this.cancel);
      if (!this.token) return Promise.resolve(null);
      return send(config.wx, Object.assign({}, this.call.wire, { header: this.withToken() }), this.cancel);
    }, this.cancel);
  }
  /**
   * Did the background break the call off? iOS does not always say so: the
   * connection is simply gone when the app comes back.
   */
  wasCutOff(error) {
    if (!(error instanceof HufuError)) return false;
    if (error.code === "interrupted") return true;
    return (error.code === "network" || error.code === "timeout") && this.hides !== this.context.lifecycle.hides;
  }
  withToken() {
    const header = {};
    const given = this.call.wire.header;
    Object.keys(given).forEach((name) => {
      if (name.toLowerCase() !== "authorization") header[name] = given[name];
    });
    header.Authorization = `Bearer ${this.token}`;
    return header;
  }
};

// src/cancel.ts
var Cancel = class {
  constructor() {
    this.aborted = false;
    this.listeners = /* @__PURE__ */ new Set();
  }
  abort() {
    if (this.aborted) return;
    this.aborted = true;
    this.listeners.forEach((listener) => listener());
    this.listeners.clear();
  }
  /** Calls the listener once, at once if it was aborted; returns what takes it off. */
  onAbort(listener) {
    if (this.aborted) {
      listener();
      return () => void 0;
    }
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  /** Settles as the promise does, unless it is called off first. What is waited for goes on for others. */
  race(promise) {
    return new Promise((resolve, reject) => {
      const off = this.onAbort(() => reject(new HufuError("aborted")));
      promise.then(
        (value) => {
          off();
          resolve(value);
        },
        (error) => {
          off();
          reject(error);
        }
      );
    });
  }
};

// src/held.ts
var soon = { ms: 6e4, part: 0.2 };
var now = { ms: 5e3, part: 0.05 };
function urgency(held, clock) {
  if (clock < held.receivedAt - soon.ms) return "soon";
  const left = held.expiresAt - clock;
  const lifetime = held.expiresAt - held.receivedAt;
  if (left <= Math.min(now.ms, lifetime * now.part)) return "now";
  return left <= Math.min(soon.ms, lifetime * soon.part) ? "soon" : "none";
}
function heldFrom(data, before, clock, seed = before == null ? void 0 : before.seed) {
  var _a, _b;
  const d = isObject(data) ? data : {};
  const user = isObject(d.user) ? d.user : {};
  const texts = [d.access_token, d.refresh_token, d.session_id, user.id];
  if (!texts.every((text) => typeof text === "string" && text !== "") || !isDuration(d.expires_in)) {
    throw new HufuError("invalid_response", { detail: "this is no answer of hufu: is the base URL right?" });
  }
  return {
    sessionId: d.session_id,
    user,
    accessToken: d.access_token,
    refreshToken: d.refresh_token,
    isNewUser: typeof d.is_new_user === "boolean" ? d.is_new_user : (_a = before == null ? void 0 : before.isNewUser) != null ? _a : false,
    receivedAt: clock,
    expiresAt: clock + d.expires_in * 1e3,
    refreshExpiresAt: clock + (isDuration(d.refresh_expires_in) ? d.refresh_expires_in : 0) * 1e3,
    serial: ((_b = before == null ? void 0 : before.serial) != null ? _b : 0) + 1,
    seed
  };
}
function isDuration(value) {
  return typeof value === "number" && value > 0;
}
function isHeld(value) {
  if (!isObject(value) || !isObject(value.user)) return false;
  const { sessionId, accessToken, refreshToken, receivedAt, expiresAt, serial, seed, refreshKey } = value;
  return [sessionId, accessToken, refreshToken].every((text) => typeof text === "string" && text !== "") && [receivedAt, expiresAt, serial].every((number) => typeof number === "number") && [seed, refreshKey].every((text) => text === void 0 || typeof text === "string");
}
function refreshKeyOf(held) {
  var _a, _b;
  return (_b = held.refreshKey) != null ? _b : `refresh-generation-${(_a = held.seed) != null ? _a : held.sessionId}.${held.serial}`;
}
function sessionOf(held) {
  const { sessionId, user, accessToken, expiresAt, refreshExpiresAt, isNewUser } = held;
  return { sessionId, user: Object.assign({}, user), accessToken, expiresAt, refreshExpiresAt, isNewUser };
}

// src/callback.ts
function callWx(ms, start, options) {
  return new Promise((resolve, reject) => {
    const off = after(ms, () => reject({ errMsg: "no callback in time" }));
    const success = (result) => {
      off();
      resolve(result);
    };
    const fail = (failure) => {
      off();
      reject(failure);
    };
    try {
      start(Object.assign({ success, fail }, options));
    } catch (thrown) {
      fail({ errMsg: String(thrown) });
    }
  });
}

// src/events.ts
var Emitter = class {
  constructor() {
    this.listeners = /* @__PURE__ */ new Map();
  }
  on(event, listener) {
    var _a;
    const set = (_a = this.listeners.get(event)) != null ? _a : /* @__PURE__ */ new Set();
    this.listeners.set(event, set);
    set.add(listener);
    return () => {
      set.delete(listener);
    };
  }
  /** Tells all; a listener that throws spoils neither the login nor the other listeners. */
  emit(event, value) {
    var _a;
    Array.from((_a = this.listeners.get(event)) != null ? _a : []).forEach((listener) => {
      try {
        listener(value);
      } catch (error) {
        throwLater(error);
      }
    });
  }
};

// src/lifecycle.ts
var Lifecycle = class {
  constructor(wx2) {
    this.wx = wx2;
    this.hidden = false;
    this.waiting = [];
    /** How often the app has gone to the background: compare two to know whether it did in between. */
    this.hides = 0;
    this.hide = () => {
      this.hidden = true;
      this.hides++;
    };
    this.show = () => {
      this.hidden = false;
      const waiting = this.waiting;
      this.waiting = [];
      waiting.forEach((resolve) => resolve());
    };
    var _a, _b;
    (_a = wx2.onAppHide) == null ? void 0 : _a.call(wx2, this.hide);
    (_b = wx2.onAppShow) == null ? void 0 : _b.call(wx2, this.show);
  }
  /** Resolves when the app is in front; never if it is killed before. */
  visible() {
    return this.hidden ? new Promise((resolve) => this.waiting.push(resolve)) : Promise.resolve();
  }
  destroy() {
    var _a, _b, _c, _d;
    (_b = (_a = this.wx).offAppHide) == null ? void 0 : _b.call(_a, this.hide);
    (_d = (_c = this.wx).offAppShow) == null ? void 0 : _d.call(_c, this.show);
  }
};

// src/queue.ts
var Queue = class {
  constructor(limit) {
    this.limit = limit;
    this.inFlight = 0;
    this.waiting = [];
  }
  /**
   * Runs the job when there is a place. `first` passes everybody who waits: a
   * login that stood behind the calls that wait for it would never come.
   */
  run(job, cancel, first = false) {
    return new Promise((resolve, reject) => {
      let off = () => void 0;
      const entry = {
        start: () => {
          off();
          this.inFlight++;
          const done = () => {
            this.inFlight--;
            this.next();
          };
          new Promise((settle) => settle(job())).then(
            (value) => {
              done();
              resolve(value);
            },
            (error) => {
              done();
              reject(error);
            }
          );
        }
      };
      off = cancel.onAbort(() => {
        const at = this.waiting.indexOf(entry);
        if (at >= 0) this.waiting.splice(at, 1);
        reject(new HufuError("aborted"));
      });
      if (cancel.aborted) return;
      if (first) this.waiting.unshift(entry);
      else this.waiting.push(entry);
      this.next();
    });
  }
  next() {
    while (this.inFlight < this.limit) {
      const entry = this.waiting.shift();
      if (!entry) return;
      entry.start();
    }
  }
};

// src/storage.ts
var storagePatience = 3e3;
function wxStorage(wx2) {
  return {
    get: (key) => callWx(storagePatience, (options) => wx2.getStorage(options), { key }).then((result) => result.data, () => void 0),
    set: (key, data) => callWx(storagePatience, (options) => wx2.setStorage(options), { key, data }),
    remove: (key) => callWx(storagePatience, (options) => wx2.removeStorage(options), { key })
  };
}

// src/store.ts
var version = 1;
var Store = class {
  constructor(storage, key, holder) {
    this.storage = storage;
    this.key = key;
    this.holder = holder;
    this.held = null;
    this.login = null;
    this.writing = Promise.resolve();
  }
  async load() {
    var _a, _b;
    const stored = await this.read();
    this.held = (_a = stored == null ? void 0 : stored.session) != null ? _a : null;
    this.login = (_b = stored == null ? void 0 : stored.login) != null ? _b : null;
  }
  /** Resolves when it is written, or can't be: the app must work with a full storage too. */
  save() {
    this.writing = this.writing.then(() => patiently(() => this.write()));
    return this.writing;
  }
  /**
   * Takes what another client of the same app stored meanwhile: the code of an
   * independent subpackage runs apart, and would refresh with a token that this
   * one has used. Reports whether newer tokens came.
   */
  async adopt() {
    var _a;
    await this.writing;
    const stored = (_a = await this.read()) == null ? void 0 : _a.session;
    const held = this.held;
    if (!stored || !held || stored.sessionId !== held.sessionId) return false;
    if (stored.refreshToken === held.refreshToken && stored.refreshKey) held.refreshKey = stored.refreshKey;
    if (stored.serial <= held.serial) return false;
    this.held = stored;
    return true;
  }
  async read() {
    let found;
    await patiently(async () => {
      found = await this.storage.get(this.key);
    });
    if (!isObject(found) || found.version !== version || found.holder !== this.holder) return void 0;
    const { session, login } = found;
    return { version, holder: this.holder, session: isHeld(session) ? session : null, login: isPending(login) ? login : null };
  }
  async write() {
    var _a;
    const { held, login } = this;
    if (!held && !login) return this.storage.remove(this.key);
    const stands = held && ((_a = await this.read()) == null ? void 0 : _a.session);
    const session = stands && held && stands.sessionId === held.sessionId && stands.serial > held.serial ? stands : held;
    const stored = { version, holder: this.holder, session: session && Object.assign({}, session), login };
    return this.storage.set(this.key, stored);
  }
};
function isPending(value) {
  return isObject(value) && isObject(value.body) && typeof value.key === "string" && typeof value.at === "number";
}
function patiently(work) {
  return new Promise((resolve) => {
    const off = after(storagePatience, resolve);
    const done = () => {
      off();
      resolve();
    };
    work().then(done, done);
  });
}

// src/context.ts
function makeContext(config) {
  return {
    config,
    store: new Store(config.storage, config.storageKey, config.holder),
    queue: new Queue(config.maxInFlight),
    lifecycle: new Lifecycle(config.wx),
    events: new Emitter(),
    end: new Cancel()
  };
}
var longestAttempt = 2e4;
function post(context, url, data, header) {
  const { config, queue, end } = context;
  const timeout = Math.min(config.timeout, longestAttempt);
  const wire = { url, method: "POST", data, header: Object.assign({ "Content-Type": "application/json" }, header), timeout };
  return queue.run(() => send(config.wx, wire, end), end, true);
}

// src/code.ts
var patience = 2e4;
function newCode(context) {
  return context.config.simulator ? simulatedCode(context, context.config.simulator) : wechatCode(context);
}
async function wechatCode({ config }) {
  let result;
  try {
    result = await callWx(patience + 2e3, (options) => config.wx.login(options), { timeout: patience });
  } catch (failure) {
    const { errMsg, errno } = failure != null ? failure : {};
    throw new HufuError("login_failed", { errMsg, errno });
  }
  return codeIn(result, "wx.login gave no code");
}
async function simulatedCode(context, simulator) {
  var _a;
  const data = { appid: context.config.appid, user: simulator.user };
  try {
    const answer = await post(context, `${simulator.url}/sim/v1/wx/login`, data, {});
    if (answer.status !== 200) throw problemOf(answer);
    return codeIn(answer.data, "the simulator gave no code");
  } catch (thrown) {
    const { code, detail, errMsg, errno, status } = asHufuError(thrown, "network");
    if (code === "aborted" || code === "login_failed") throw thrown;
    throw new HufuError("login_failed", { status, errMsg, errno, detail: `the simulator at ${simulator.url}: ${(_a = detail != null ? detail : errMsg) != null ? _a : code}` });
  }
}
function codeIn(result, otherwise) {
  const code = isObject(result) ? result.code : void 0;
  if (typeof code === "string" && code !== "") return code;
  throw new HufuError("login_failed", { detail: otherwise });
}

// src/key.ts
var keyBytes = 16;
var patience2 = 500;
async function newKey(wx2, now2) {
  const plain = `${now2.toString(36)}-${fraction()}${fraction()}`;
  try {
    if (!wx2.getRandomValues) return plain;
    const { randomValues } = await callWx(patience2, (options) => {
      var _a;
      return (_a = wx2.getRandomValues) == null ? void 0 : _a.call(wx2, options);
    }, { length: keyBytes });
    const bytes = Array.from(new Uint8Array(randomValues));
    return bytes.length === keyBytes ? bytes.map((b) => (b + 256).toString(16).slice(1)).join("") : plain;
  } catch (e) {
    return plain;
  }
}
function fraction() {
  return (Math.random().toString(36).slice(2) + "00000000000").slice(0, 11);
}

// src/repeat.ts
var attempts = 4;
var firstWait = 500;
var longestWait = 5e3;
function isTransient(error) {
  switch (error.code) {
    case "network":
    case "timeout":
    case "interrupted":
    case "aborted":
    case "invalid_response":
      return true;
    case "wechat_rejected":
      return false;
  }
  return error.status === 429 || error.status >= 500;
}
async function repeat(lifecycle, cancel, attempt) {
  for (let n = 1; ; n++) {
    try {
      return await attempt();
    } catch (thrown) {
      const error = asHufuError(thrown, "invalid_response");
      const wait = waitBefore(error, n);
      if (n >= attempts || wait > longestWait || cancel.aborted || !isTransient(error)) throw error;
      if (error.code !== "interrupted") await delay(wait, cancel);
      await cancel.race(lifecycle.visible());
    }
  }
}
function waitBefore(error, n) {
  var _a;
  const backOff = firstWait * Math.pow(2, n - 1) * (0.75 + Math.random() / 2);
  return Math.max(backOff, ((_a = error.retryAfter) != null ? _a : 0) * 1e3);
}

// src/login.ts
var codeLifetime = 28e4;
async function logIn(context, fresh, mayBegin = true) {
  const { store, config } = context;
  let pending = fresh ? null : leftOver(store.login, config.now());
  for (let again = mayBegin; ; again = false) {
    pending = pending != null ? pending : await begin(context);
    try {
      const data = await exchange(context, pending);
      store.held = heldFrom(data, null, config.now(), pending.key);
      store.login = null;
      void store.save();
      return store.held;
    } catch (thrown) {
      const error = asHufuError(thrown, "invalid_response");
      if (isTransient(error)) throw error;
      store.login = pending = null;
      void store.save();
      if (!again || !isSpent(error)) throw error;
    }
  }
}
function leftOver(login, now2) {
  return login && now2 >= login.at && now2 - login.at < codeLifetime ? login : null;
}
function isSpent(error) {
  return error.code === "invalid_code" || error.code === "code_already_used" || error.code === "idempotency_conflict";
}
async function begin(context) {
  var _a;
  const { store, config } = context;
  const code = await newCode(context);
  const at = config.now();
  const body = { appid: config.appid, code };
  if (config.device) body.device = config.device;
  const consent = (_a = config.consent) == null ? void 0 : _a.call(config);
  if (consent) body.consent = consent;
  const login = { key: await newKey(config.wx, at), at, body };
  store.login = login;
  await store.save();
  return login;
}
async function exchange(context, login) {
  const { config, lifecycle, end } = context;
  return repeat(lifecycle, end, async () => {
    const answer = await post(context, `${config.baseURL}/v1/login`, login.body, { "Idempotency-Key": login.key });
    if (answer.status !== 200) throw problemOf(answer);
    heldFrom(answer.data, null, 0);
    return answer.data;
  });
}

// src/refresh.ts
var final = ["invalid_token", "token_expired", "session_revoked", "token_reused", "invalid_request"];
function isFinal(error) {
  return final.indexOf(error.code) >= 0;
}
async function refresh(context) {
  const { store, config, events } = context;
  if (await store.adopt()) return null;
  const held = store.held;
  if (!held) return new HufuError("session_revoked", { detail: "nobody is logged in" });
  held.refreshKey = refreshKeyOf(held);
  await store.save();
  try {
    const data = await exchange2(context, held, held.refreshKey);
    if (store.held !== held) return null;
    store.held = heldFrom(data, held, config.now());
    void store.save();
    return null;
  } catch (thrown) {
    const error = asHufuError(thrown, "invalid_response");
    if (!isFinal(error)) throw error;
    if (store.held !== held) return null;
    store.held = null;
    void store.save();
    events.emit("expired", error);
    return error;
  }
}
function exchange2(context, held, key) {
  const { config, lifecycle, end } = context;
  return repeat(lifecycle, end, async () => {
    const answer = await post(context, `${config.baseURL}/v1/refresh`, { refresh_token: held.refreshToken }, { "Idempotency-Key": key });
    if (answer.status !== 200) throw problemOf(answer);
    heldFrom(answer.data, null, 0);
    return answer.data;
  });
}

// src/keeper.ts
var calm = 1e4;
var Keeper = class {
  constructor(context) {
    this.context = context;
    /** Grows with each logout: what was asked for before must not log in again. */
    this.epoch = 0;
    this.loginFlight = null;
    this.refreshFlight = null;
    this.leaving = null;
    /** The access token that the last refresh for a 401 brought. */
    this.renewed = "";
    this.loaded = context.store.load();
  }
  /** Takes up again what was cut off when the app was killed. Never rejects. */
  async resume() {
    var _a;
    await this.loaded;
    const { store, config } = this.context;
    if (leftOver(store.login, config.now())) await settled(this.login(false));
    if ((_a = store.held) == null ? void 0 : _a.refreshKey) await settled(this.refresh());
  }
  /** Waits for what stands before every login: reading the storage, and a logout under way. */
  async begun() {
    await this.loaded;
    while (this.leaving) await settled(this.leaving);
  }
  /** Gives a session whose token is good as far as known; logs in if there is none. */
  async acquire() {
    var _a, _b;
    await this.begun();
    await this.loginUnderWay();
    return (_b = (_a = await this.freshened()) != null ? _a : this.context.store.held) != null ? _b : this.login(false);
  }
  /** The same without a login. Rejects with why there is no session. */
  async holding() {
    await this.loaded;
    await this.loginUnderWay();
    if (this.context.store.held) await this.freshened();
    if (!this.context.store.held) throw new HufuError("session_revoked", { detail: "nobody is logged in" });
  }
  /**
   * After a 401 to a call that was sent with this token: sees to another one.
   * If there is one already, the answer was merely late. False: there will be
   * none, the 401 stands.
   */
  async recover(token, epoch, mayLogIn, code) {
    var _a, _b;
    if (mayLogIn) {
      await this.begun();
      if (epoch !== this.epoch) return false;
    }
    await this.loginUnderWay();
    const { store } = this.context;
    if (store.held && store.held.accessToken !== token) return true;
    if (store.held) {
      if (mayLogIn && code !== "session_revoked" && token === this.renewed && this.isYoung(store.held)) return false;
      const over = await this.refresh();
      if (over && !mayLogIn) throw over;
      this.renewed = (_b = (_a = store.held) == null ? void 0 : _a.accessToken) != null ? _b : "";
    }
    if (store.held) return true;
    if (!mayLogIn) return false;
    await this.login(false);
    return true;
  }
  isYoung(held) {
    const clock = this.context.config.now();
    return Math.abs(clock - held.receivedAt) < calm && urgency(held, clock) === "none";
  }
  /** Joins the login under way, or begins one. With `fresh`, by a new code in any case. */
  login(fresh) {
    if (this.loginFlight) return this.loginFlight;
    const before = this.refreshFlight;
    const flight = settled(before).then(() => logIn(this.context, fresh));
    this.loginFlight = flight;
    this.finish(flight, () => {
      this.loginFlight = null;
    }, (held) => {
      this.context.events.emit("login", sessionOf(held));
    });
    return flight;
  }
  /** Logs out by `leave`, which ends the session at the server; meanwhile nobody logs in or refreshes for a call. */
  logout(leave) {
    if (this.leaving) return this.leaving;
    const flight = this.leave(leave);
    this.leaving = flight;
    const done = () => {
      this.leaving = null;
    };
    flight.then(done, done);
    return flight;
  }
  async leave(leave) {
    await this.loaded;
    await settled(this.loginFlight);
    const { store, events, config } = this.context;
    let had = false;
    while (store.held || leftOver(store.login, config.now())) {
      if (!store.held) await this.complete();
      if (!store.held) continue;
      await leave();
      had = true;
      store.held = null;
      void store.save();
    }
    this.epoch++;
    store.login = null;
    await store.save();
    if (had) events.emit("logout", void 0);
  }
  /** The server may have a session of a login whose answer was lost: gets it, so that it can be ended. */
  async complete() {
    try {
      await logIn(this.context, false, false);
    } catch (error) {
      if (isTransient(asHufuError(error, "invalid_response"))) throw error;
      this.context.store.login = null;
    }
  }
  /** Waits for a login that somebody began. If it fails while a session is held, that one is still good. */
  async loginUnderWay() {
    if (!this.loginFlight) return;
    try {
      await this.loginFlight;
    } catch (error) {
      if (!this.context.store.held) throw error;
    }
  }
  /**
   * Refreshes ahead of the end. While the token is good the calls do not wait,
   * and a failure is no matter. Gives null if there is no session (any more).
   */
  async freshened() {
    const { store, config } = this.context;
    if (!store.held) return null;
    const urgent = urgency(store.held, config.now());
    if (urgent === "soon") void settled(this.refresh());
    if (urgent === "now") {
      try {
        await this.refresh();
      } catch (error) {
        if (store.held && config.now() >= store.held.expiresAt) throw error;
      }
    }
    return store.held;
  }
  refresh() {
    if (this.refreshFlight) return this.refreshFlight;
    const flight = this.refreshAfterLogin(this.context.store.held);
    this.refreshFlight = flight;
    this.finish(flight, () => {
      this.refreshFlight = null;
    }, (over) => {
      const { held } = this.context.store;
      if (!over && held) this.context.events.emit("refresh", sessionOf(held));
    });
    return flight;
  }
  async refreshAfterLogin(wanted) {
    if (this.loginFlight) {
      await settled(this.loginFlight);
      if (this.context.store.held !== wanted) return null;
    }
    return refresh(this.context);
  }
  /** Clears the place before anybody who waits goes on, then tells the listeners. */
  finish(flight, clear, tell) {
    flight.then(
      (value) => {
        clear();
        tell(value);
      },
      (thrown) => {
        clear();
        const error = asHufuError(thrown, "invalid_response");
        if (error.code !== "aborted") this.context.events.emit("error", error);
      }
    );
  }
};
async function settled(promise) {
  try {
    await promise;
  } catch (e) {
  }
}

// src/outgoing.ts
function outgoingRequest(config, options) {
  const { url, data, header, method, timeout, auth } = options != null ? options : {};
  return {
    kind: "request",
    url: target(config, url),
    method: method != null ? method : "GET",
    data,
    header: Object.assign({}, header),
    timeout: timeout != null ? timeout : config.timeout,
    auth: auth != null ? auth : true
  };
}
function outgoingUpload(config, options) {
  const { url, formData, header, timeout, auth, filePath } = options != null ? options : {};
  if (typeof filePath !== "string" || filePath === "") throw invalid("filePath", "filePath is the path of a file");
  return {
    kind: "upload",
    url: target(config, url),
    method: "POST",
    data: formData,
    header: Object.assign({}, header),
    timeout: timeout != null ? timeout : config.timeout,
    auth: auth != null ? auth : true
  };
}
function callOf(out, options) {
  var _a, _b, _c;
  const { url, method, header, timeout, data, auth } = out;
  const wire = { url, method, header, timeout, data };
  if (out.kind === "upload") wire.file = { path: (_a = options.filePath) != null ? _a : "", name: (_b = options.name) != null ? _b : "file" };
  else Object.assign(wire, { dataType: options.dataType, responseType: options.responseType });
  const repeatable = method !== "POST" && method !== "CONNECT";
  return { wire, auth: auth ? "login" : "none", idempotent: (_c = options.idempotent) != null ? _c : repeatable };
}
async function beforeSending(config, hooks, out) {
  var _a, _b;
  const asked = Object.assign({}, out);
  let call = out;
  for (const hook of hooks) call = (_b = await ((_a = hook.request) == null ? void 0 : _a.call(hook, call))) != null ? _b : call;
  const { url, method, data, header, timeout, auth } = call;
  return {
    kind: asked.kind,
    url: target(config, url != null ? url : asked.url),
    method: method != null ? method : asked.method,
    data,
    header: header != null ? header : {},
    timeout: timeout > 0 && isFinite(timeout) ? +timeout : config.timeout,
    auth: auth != null ? auth : asked.auth
  };
}
async function afterAnswer(hooks, answer, call) {
  var _a, _b;
  const { data, status, header, requestId } = answer;
  let response = { data, status, header, requestId };
  for (const hook of hooks) response = (_b = await ((_a = hook.response) == null ? void 0 : _a.call(hook, response, call))) != null ? _b : response;
  return response;
}
function target(config, url) {
  if (typeof url === "string" && /^https?:\/\//i.test(url)) return url;
  if (typeof url === "string" && url.charAt(0) === "/") return config.baseURL + url;
  throw invalid("url", "url is a path like /v1/me, or an https:// address");
}

// src/task.ts
function taskOf(end, work) {
  const cancel = new Cancel();
  const off = end ? end.onAbort(() => cancel.abort()) : () => void 0;
  const promise = new Promise((resolve, reject) => {
    const begun = cancel.aborted ? Promise.reject(new HufuError("aborted")) : Promise.resolve().then(() => work(cancel));
    cancel.race(begun).then(
      (value) => {
        off();
        resolve(value);
      },
      (thrown) => {
        off();
        reject(asHufuError(thrown, "invalid_option"));
      }
    );
  });
  return Object.assign(promise, { abort: () => cancel.abort() });
}

// src/client.ts
var pages = 20;
var Client = class {
  constructor(context) {
    this.context = context;
    this.hooks = [];
    this.keeper = new Keeper(context);
    this.caller = new Caller(context, this.keeper);
    this.resumed = this.keeper.resume();
  }
  get session() {
    const { held } = this.context.store;
    return held && sessionOf(held);
  }
  ready() {
    return this.resumed;
  }
  login(options) {
    return this.task(async () => {
      await this.keeper.begun();
      return sessionOf(await ((options == null ? void 0 : options.force) ? this.keeper.login(true) : this.keeper.acquire()));
    });
  }
  request(options) {
    return this.send(options, () => outgoingRequest(this.context.config, options));
  }
  upload(options) {
    return this.send(Object.assign({ idempotent: false }, options), () => outgoingUpload(this.context.config, options));
  }
  me() {
    var _a;
    const before = (_a = this.session) == null ? void 0 : _a.sessionId;
    return this.task(async (cancel, epoch) => {
      const { data } = await this.ask("GET", "/v1/me", "login", cancel, epoch);
      return this._keep(object(data), before);
    });
  }
  _keep(user, before) {
    const { store } = this.context;
    const { held } = store;
    if (held && (held.user.id === user.id || held.sessionId === before)) {
      held.user = user;
      void store.save();
    }
    return user;
  }
  _forget() {
    return this.keeper.logout(() => Promise.resolve());
  }
  _consent(consent) {
    this.context.config.consent = consent;
  }
  checkSession(options) {
    return this.task(async (cancel, epoch) => {
      try {
        const { data } = await this.ask("GET", (options == null ? void 0 : options.wechat) ? "/v1/session?wechat=true" : "/v1/session", "held", cancel, epoch);
        return object(data);
      } catch (thrown) {
        const error = asHufuError(thrown, "invalid_response");
        if (this.isOver(error)) return { active: false, code: error.code };
        throw error;
      }
    });
  }
  sessions() {
    return this.task(async (cancel, epoch) => {
      const all = [];
      let cursor = null;
      for (let page = 0; page < pages; page++) {
        const path = typeof cursor === "string" ? `/v1/sessions?cursor=${encodeURIComponent(cursor)}` : "/v1/sessions";
        const list = object((await this.ask("GET", path, "login", cancel, epoch)).data);
        if (Array.isArray(list.data)) all.push(...list.data);
        cursor = list.next_cursor;
        if (!cursor) break;
      }
      return all;
    });
  }
  endSession(id) {
    return this.task(async (cancel, epoch) => {
      var _a;
      if (typeof id !== "string" || id === "") throw invalid("id", "id is the session_id of a session");
      await this.keeper.loaded;
      if (((_a = this.context.store.held) == null ? void 0 : _a.sessionId) === id) return this.leave();
      await this.ask("DELETE", `/v1/sessions/${encodeURIComponent(id)}`, "login", cancel, epoch);
    });
  }
  logout() {
    return this.task(() => this.leave());
  }
  on(event, listener) {
    return this.context.events.on(event, listener);
  }
  use(interceptor) {
    this.hooks = this.hooks.concat(interceptor);
    return () => {
      this.hooks = this.hooks.filter((hook) => hook !== interceptor);
    };
  }
  destroy() {
    this.context.end.abort();
    this.context.lifecycle.destroy();
  }
  task(work) {
    const { epoch } = this.keeper;
    return taskOf(this.context.end, (cancel) => work(cancel, epoch));
  }
  send(options, outgoing) {
    return this.task(async (cancel, epoch) => {
      const hooks = this.hooks;
      const out = await beforeSending(this.context.config, hooks, outgoing());
      const answer = await this.caller.run(callOf(out, options), cancel, epoch);
      return afterAnswer(hooks, answer, out);
    });
  }
  /** Asks hufu itself. */
  ask(method, path, auth, cancel, epoch) {
    const { baseURL, timeout } = this.context.config;
    return this.caller.run({ wire: { url: baseURL + path, method, header: {}, timeout }, auth, idempotent: true }, cancel, epoch);
  }
  /** Says this error that there is no session? `invalid_request` does so to a refresh alone, and then none is held. */
  isOver(error) {
    return error.status === 401 || isFinal(error) && !this.context.store.held;
  }
  leave() {
    return this.keeper.logout(async () => {
      try {
        await this.ask("DELETE", "/v1/session", "held", this.context.end, this.keeper.epoch);
      } catch (thrown) {
        if (!this.isOver(asHufuError(thrown, "invalid_response"))) throw thrown;
      }
    });
  }
};
function object(data) {
  if (isObject(data)) return data;
  throw new HufuError("invalid_response", { detail: "this is no answer of hufu: is the base URL right?" });
}

// src/config.ts
var defaultTimeout = 6e4;
var defaultInFlight = 10;
function configure(options) {
  var _a, _b, _c, _d;
  const given = options != null ? options : {};
  const host = (_a = given.wx) != null ? _a : typeof wx === "undefined" ? void 0 : wx;
  if (!host || typeof host.request !== "function") throw invalid("wx", "there is no global wx here: pass one as `wx`");
  const baseURL = address("baseURL", given.baseURL);
  const { appId, envVersion } = accountOf(host);
  const appid = (_b = given.appid) != null ? _b : appId;
  if (!appid) throw invalid("appid", "there is no appid here: pass one as `appid`");
  if (envVersion === "release" && !/^https:..[^:/]*[a-z]/i.test(baseURL)) throw invalid("baseURL", "a released mini program calls https and a named host only");
  const env = envVersion != null ? envVersion : "release";
  const simulator = given.simulator && env === "develop" ? { url: address("simulator.url", given.simulator.url), user: String(given.simulator.user) } : void 0;
  return {
    baseURL,
    appid,
    simulator,
    wx: host,
    device: given.device,
    timeout: positive("timeout", given.timeout, defaultTimeout),
    maxInFlight: positive("maxInFlight", given.maxInFlight, defaultInFlight),
    storage: (_c = given.storage) != null ? _c : wxStorage(host),
    storageKey: `hufu:${appid}:${env}`,
    holder: simulator ? `${baseURL} ${simulator.user}` : baseURL,
    now: (_d = given.now) != null ? _d : (() => Date.now())
  };
}
function accountOf(host) {
  var _a, _b;
  try {
    return (_b = (_a = host.getAccountInfoSync) == null ? void 0 : _a.call(host).miniProgram) != null ? _b : {};
  } catch (e) {
    return {};
  }
}
function address(name, value) {
  const url = typeof value === "string" ? value.replace(/\/+$/, "") : "";
  if (!/^https?:\/\/[^\s?#]+$/.test(url)) throw invalid(name, `${name} must look like https://login.example.com`);
  return url;
}
function positive(name, value, otherwise) {
  if (value === void 0) return otherwise;
  if (!(value > 0)) throw invalid(name, `${name} must be above 0`);
  return value;
}

// src/misconfigured.ts
function misconfigured(error) {
  const refuse = () => taskOf(null, () => Promise.reject(error));
  const nothing = () => () => void 0;
  return {
    session: null,
    ready: () => Promise.resolve(),
    login: refuse,
    request: refuse,
    upload: refuse,
    me: refuse,
    checkSession: refuse,
    sessions: refuse,
    endSession: refuse,
    logout: refuse,
    on: nothing,
    use: nothing,
    destroy: () => void 0
  };
}

// src/index.ts
function createHufu(options) {
  try {
    return new Client(makeContext(configure(options)));
  } catch (thrown) {
    return misconfigured(asHufuError(thrown, "invalid_option"));
  }
}
