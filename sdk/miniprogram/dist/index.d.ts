/** The codes of the client itself. */
export declare const clientCodes: readonly ["network", "timeout", "aborted", "interrupted", "domain_not_listed", "login_failed", "invalid_response", "invalid_option", "http_error"];
/** The codes of the server, as its documentation lists them. */
export declare const serverCodes: readonly ["invalid_request", "invalid_code", "code_already_used", "user_blocked", "insufficient_scope", "unknown_app", "not_found", "invalid_token", "token_expired", "session_revoked", "token_reused", "login_too_old", "session_key_stale", "decrypt_failed", "watermark_mismatch", "signature_mismatch", "phone_code_invalid", "idempotency_conflict", "order_paid", "order_closed", "order_expired", "refund_exceeds_amount", "conflict", "rate_limited", "wechat_quota", "wechat_rejected", "wechat_unavailable", "internal"];
/** Every code that hufu and this client know. Another backend's own codes come through as they are. */
export declare const errorCodes: readonly ["network", "timeout", "aborted", "interrupted", "domain_not_listed", "login_failed", "invalid_response", "invalid_option", "http_error", "invalid_request", "invalid_code", "code_already_used", "user_blocked", "insufficient_scope", "unknown_app", "not_found", "invalid_token", "token_expired", "session_revoked", "token_reused", "login_too_old", "session_key_stale", "decrypt_failed", "watermark_mismatch", "signature_mismatch", "phone_code_invalid", "idempotency_conflict", "order_paid", "order_closed", "order_expired", "refund_exceeds_amount", "conflict", "rate_limited", "wechat_quota", "wechat_rejected", "wechat_unavailable", "internal"];
/** One of the known codes. */
export type ErrorCode = (typeof errorCodes)[number];
/** What a HufuError may tell beside its code. */
export interface ErrorFields {
    /** The HTTP status; 0 if there was no answer. */
    status?: number;
    /** `X-Request-Id`: the operator finds the call by it. */
    requestId?: string;
    /** Seconds to wait, where the server says. */
    retryAfter?: number;
    /** What is wrong in this case, in English, for developers. */
    detail?: string;
    /** The field of the request that is wrong. */
    field?: string;
    /** WeChat's errcode, where WeChat refused the server. */
    wechatErrcode?: number;
    /** WeChat's own words, where wx failed. */
    errMsg?: string;
    errno?: number;
    /** The body of the answer, for backends whose errors have a form of their own. */
    body?: unknown;
}
/** The one error of this client. Decide by `code` alone. */
export declare class HufuError extends Error {
    readonly code: ErrorCode | (string & {});
    readonly status: number;
    readonly requestId: string;
    readonly retryAfter: number | undefined;
    readonly detail: string | undefined;
    readonly field: string | undefined;
    readonly wechatErrcode: number | undefined;
    readonly errMsg: string | undefined;
    readonly errno: number | undefined;
    readonly body: unknown;
    constructor(code: ErrorCode | (string & {}), fields?: ErrorFields);
}
/** How a wx method fails. */
export interface WxFailure {
    errMsg?: string;
    errno?: number;
}
interface Callbacks<R> {
    success?: (result: R) => void;
    fail?: (failure: WxFailure) => void;
}
/** A call that can be broken off. */
export interface WxTask {
    abort(): void;
}
/** What wx.request and wx.uploadFile answer. */
export interface WxAnswer {
    data: unknown;
    statusCode: number;
    header?: Record<string, unknown>;
}
export interface WxRequestOptions extends Callbacks<WxAnswer> {
    url: string;
    method?: string;
    data?: any;
    header?: Record<string, string>;
    timeout?: number;
    dataType?: string;
    responseType?: string;
}
export interface WxUploadOptions extends Callbacks<WxAnswer> {
    url: string;
    filePath: string;
    name: string;
    formData?: Record<string, any>;
    header?: Record<string, string>;
    timeout?: number;
}
/** The part of `wx` that is used; what is marked optional may be missing. */
export interface WxLike {
    login(options: Callbacks<{
        code: string;
    }> & {
        timeout?: number;
    }): unknown;
    request(options: any): WxTask | undefined;
    uploadFile(options: any): WxTask | undefined;
    getStorage(options: any): unknown;
    setStorage(options: any): unknown;
    removeStorage(options: any): unknown;
    getAccountInfoSync?(): {
        miniProgram: {
            appId: string;
            envVersion?: string;
        };
    };
    onAppShow?(listener: () => void): void;
    offAppShow?(listener: () => void): void;
    onAppHide?(listener: () => void): void;
    offAppHide?(listener: () => void): void;
    getRandomValues?(options: any): unknown;
}
/** Where the session is kept. Values are JSON-like objects; `get` gives undefined for what is not there. */
export interface StorageLike {
    get(key: string): unknown | Promise<unknown>;
    set(key: string, value: object): void | Promise<void>;
    remove(key: string): void | Promise<void>;
}
/** A user, as this mini program may see them. */
export interface User {
    /** `usr_…`: the same person in every app of one hufu. Key your own data by it. */
    id: string;
    /** Left out where the app's `expose_openid` is false, as is `unionid`. */
    openid?: string;
    unionid?: string | null;
    nickname: string | null;
    avatar_url: string | null;
    /** Masked: 138****0000. */
    phone_number: string | null;
    /** RFC 3339, as all times of the server. */
    created_at: string;
    last_login_at: string;
}
/** A session as the client holds it. A copy: changing it changes nothing. */
export interface Session {
    sessionId: string;
    user: User;
    /** For `Authorization: Bearer …`. Let `request()` add it; it lives 15 minutes. */
    accessToken: string;
    /** When the access token ends, in ms of the local clock, reckoned from its arrival. */
    expiresAt: number;
    /** When the session ends if nobody uses it, in ms of the local clock. */
    refreshExpiresAt: number;
    /** True if the login that began this session also made the user. */
    isNewUser: boolean;
}
/** What the server says of our own session. */
export interface SessionStatus {
    /** False: nobody is logged in here any more. Then only `code` is there, if the server gave one. */
    active: boolean;
    session_id?: string;
    user_id?: string;
    appid?: string;
    issued_at?: string;
    expires_at?: string;
    /** Only where it was asked for: is the session_key held by the server WeChat's current one? */
    wechat_session?: 'valid' | 'expired' | 'unknown';
    /** Why the session is not active, e.g. `session_revoked`. */
    code?: ErrorCode | (string & {});
}
/** One of the user's open sessions in this app. */
export interface SessionItem {
    session_id: string;
    /** It is the one that asks. */
    current: boolean;
    /** What the login sent as `device`. */
    device: Record<string, unknown> | null;
    created_at: string;
    last_used_at: string;
    expires_at: string;
}
/** The methods of wx.request. There is no PATCH. */
export type Method = 'OPTIONS' | 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'TRACE' | 'CONNECT';
/** One call of `request()`. */
export interface RequestOptions {
    /** Absolute, or a path under `baseURL` that begins with a slash. */
    url: string;
    /** Default `GET`. */
    method?: Method;
    /** An object becomes JSON, with GET a query: the rules of wx.request. */
    data?: string | object | ArrayBuffer;
    header?: Record<string, string>;
    /** In ms, for each time it is on the wire; waiting for a place or a login does not count. */
    timeout?: number;
    /**
     * Default true: log in if need be, add the access token, recover from a 401.
     * Say false to whoever must not see the token.
     */
    auth?: boolean;
    /**
     * May it be done twice? Default: true for every method but POST and CONNECT.
     * What may, is repeated when the app comes back from the background; what may
     * not, is never repeated once the server may have seen it.
     */
    idempotent?: boolean;
    /** `json` (default) parses the answer; anything else leaves it a string. */
    dataType?: 'json' | (string & {});
    responseType?: 'text' | 'arraybuffer';
}
/** One call of `upload()`: wx.uploadFile, a POST as multipart/form-data. */
export interface UploadOptions {
    /** Absolute, or a path under `baseURL` that begins with a slash. */
    url: string;
    /** A path of WeChat's, e.g. from wx.chooseMedia. */
    filePath: string;
    /** The field of the file. Default `file`. */
    name?: string;
    formData?: Record<string, unknown>;
    header?: Record<string, string>;
    /** In ms, for each time it is on the wire. */
    timeout?: number;
    /** As in RequestOptions. */
    auth?: boolean;
    /** As in RequestOptions; default false. */
    idempotent?: boolean;
}
/** An answer of the 2xx. Every other one rejects with a HufuError. */
export interface Response<T = unknown> {
    data: T;
    status: number;
    /** Names in lower case, whatever the phone's network stack makes of them. */
    header: Record<string, string>;
    /** `X-Request-Id`, or empty. */
    requestId: string;
}
/** A promise that can be called off. It then rejects with `aborted`, also while it waits for a login. */
export type Task<T> = Promise<T> & {
    abort(): void;
};
/** A call on its way through the interceptors. */
export interface Outgoing {
    readonly kind: 'request' | 'upload';
    url: string;
    method: Method;
    header: Record<string, string>;
    /** The form data, for an upload. */
    data?: string | object | ArrayBuffer;
    timeout: number;
    auth: boolean;
}
/**
 * Hooks around `request()` and `upload()`. Login and refresh never pass them.
 * What a hook throws rejects the call.
 */
export interface Interceptor {
    /** Changes the call in place or returns another. The access token is added afterwards. */
    request?(call: Outgoing): Outgoing | void | Promise<Outgoing | void>;
    /** Changes the answer in place or returns another. Only for answers of the 2xx. */
    response?(response: Response, call: Outgoing): Response | void | Promise<Response | void>;
}
/** What `on()` tells, by event. */
export interface Events {
    /** A login has succeeded, asked for or silent. */
    login: Session;
    /** The access token was replaced. */
    refresh: Session;
    /** `logout()` has ended the session. */
    logout: undefined;
    /** The server has ended the session; the next call that needs one logs in silently. */
    expired: HufuError;
    /** A login or refresh has failed. The session held, if any, stays. */
    error: HufuError;
}
/** What `createHufu` takes. */
export interface HufuOptions {
    /** Where hufu is, e.g. `https://login.example.com`. */
    baseURL: string;
    /** Default: wx.getAccountInfoSync().miniProgram.appId. */
    appid?: string;
    /** Told at login and shown in the user's list of sessions, e.g. `{ model: 'iPhone 15' }`; at most 2 KiB as JSON. */
    device?: Record<string, unknown>;
    /**
     * Log in as a person of the simulator in place of wx.login. Honoured only in
     * the development version (`envVersion` is `develop`), so that it can't be
     * shipped by mistake.
     */
    simulator?: {
        url: string;
        user: string;
    };
    /** In ms; default 60000, WeChat's own limit. */
    timeout?: number;
    /** How many calls may be on the wire at once; the rest wait. Default 10, WeChat's own limit. */
    maxInFlight?: number;
    /** Default: the global `wx`. */
    wx?: WxLike;
    /** Default: wx.getStorage and its like. */
    storage?: StorageLike;
    /** The local clock in ms. Default: Date.now. */
    now?: () => number;
}
/** The client. Make one, for the whole mini program; every failure is a rejection with a HufuError. */
export interface Hufu {
    /** Who is logged in here, as far as this phone knows; null before `ready()`. */
    readonly session: Session | null;
    /**
     * Makes sure of a session. One that is held and valid is returned as it is,
     * without wx.login, unless `force`. Calls at the same time share one login.
     */
    login(options?: {
        force?: boolean;
    }): Promise<Session>;
    /** What was stored has been read, and a login or refresh that was cut off taken up again. Never rejects. */
    ready(): Promise<void>;
    /** Sends a request with the access token. */
    request<T = any>(options: RequestOptions): Task<Response<T>>;
    /** Uploads a file with the access token. `data` is parsed if it is JSON. */
    upload<T = any>(options: UploadOptions): Task<Response<T>>;
    /** Asks for the user, and updates `session.user`. */
    me(): Promise<User>;
    /**
     * Asks the server whether our session lives; refreshes it if need be, never
     * logs in. wx.checkSession does not know: it tells of WeChat's session_key.
     */
    checkSession(options?: {
        wechat?: boolean;
    }): Promise<SessionStatus>;
    /** The user's open sessions in this app, newest first. */
    sessions(): Promise<SessionItem[]>;
    /** Ends one of them; one's own is a logout. */
    endSession(id: string): Promise<void>;
    /**
     * Ends the session, at the server first: if that can't be reached, it rejects
     * and the session stays. A later `request()` with `auth` logs in anew.
     */
    logout(): Promise<void>;
    /** Calls the listener at each such event; returns what takes it off again. */
    on<E extends keyof Events>(event: E, listener: (value: Events[E]) => void): () => void;
    /** Adds hooks, which run in the order of adding; returns what takes them off again. */
    use(interceptor: Interceptor): () => void;
    /** Ends everything under way as `aborted` and takes its listeners off wx. What is stored stays. */
    destroy(): void;
}
/**
 * Makes the client. Never throws: with options that can't work, every call
 * rejects with `invalid_option`.
 */
export declare function createHufu(options: HufuOptions): Hufu;
