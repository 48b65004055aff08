import type { Hufu, Session, User } from './index.js';
/** The codes that this entry adds to those of the client and the server. */
export declare const userDataCodes: readonly ["user_denied", "privacy_denied", "no_permission", "privacy_undeclared", "quota_exhausted", "nickname_empty", "wechat_failed"];
/** One of them. */
export type UserDataCode = (typeof userDataCodes)[number];
/** An event of a component, of which `detail` alone matters. */
export interface EventLike {
    detail: any;
}
/** What WeChat has sealed for the server, e.g. what wx.getWeRunData gave. */
export interface Sealed {
    encryptedData: string;
    iv: string;
}
/** What wx.getUserInfo and wx.getUserProfile gave. */
export interface UserInfoAnswer extends Sealed {
    /** To be sent as it is: the signature is over its very characters. */
    rawData: string;
    signature: string;
    userInfo?: any;
}
/** What became of `getUserInfo()`. */
export interface UserInfo {
    /** True: WeChat gave 微信用户 and the grey avatar. Nothing was sent; ask the user by chooseAvatar and a nickname field. */
    anonymous: boolean;
    /** The user as the server has them now. */
    user: User;
}
/** What a user has agreed to. */
export interface Consent {
    /** Which privacy policy, in words of your own, e.g. `2026-11`. */
    policyVersion: string;
    /** When: a Date, ms, or RFC 3339. Default: now. */
    agreedAt?: Date | number | string;
}
/** WeChat waits: something wants data for which the user has to agree to the privacy policy first. */
export interface PrivacyRequest {
    /** The API or component that waits, e.g. `getUserProfile`, `button.getPhoneNumber`. */
    readonly referrer: string;
    /** The dialog is on the screen. Telling WeChat so is optional. */
    shown(): void;
    /**
     * The user agreed, by the `<button open-type="agreePrivacyAuthorization">` of
     * this id. Call it in its `agreeprivacyauthorization` event and not in a tap:
     * WeChat checks that the button was tapped.
     */
    agree(buttonId: string): void;
    /** The user did not agree. What waits fails, here with `privacy_denied`. */
    disagree(): void;
}
/** What wx.getPrivacySetting gives. */
export interface PrivacySetting {
    /** Is there anything that the user still has to agree to? */
    needAuthorization: boolean;
    /** The name of the privacy policy, in 《》; empty where the base library knows of none. */
    privacyContractName: string;
}
/** The consent that WeChat asks for itself, since 2023. Base libraries before 2.32.3 ask for none, and so need none here. */
export interface Privacy {
    /**
     * Calls the handler when something waits for the user's consent. What comes
     * while its dialog is open waits for the same answer; the handler added last
     * is the one that is asked. A handler that throws has disagreed.
     * Returns what takes the handler off again; if it has not answered yet, it has
     * disagreed, since its dialog goes with the page.
     */
    onNeedPrivacy(handler: (request: PrivacyRequest) => void): () => void;
    getPrivacySetting(): Promise<PrivacySetting>;
    /** Asks for the consent now. Rejects with `privacy_denied`. */
    requirePrivacyAuthorize(): Promise<void>;
    /** Shows the privacy policy; does nothing where the base library has none to show. */
    openPrivacyContract(): Promise<void>;
}
/** The part of `wx` that is used; anything may be missing. */
export interface UserDataWx {
    canIUse?(name: string): boolean;
    checkSession?(options: any): unknown;
    getUserProfile?(options: any): unknown;
    getUserInfo?(options: any): unknown;
    onNeedPrivacyAuthorization?(listener: any): void;
    getPrivacySetting?(options: any): unknown;
    requirePrivacyAuthorize?(options: any): unknown;
    openPrivacyContract?(options: any): unknown;
}
/** What `createUserData` takes. */
export interface UserDataOptions {
    /**
     * What the user has agreed to; asked at each login, and sent with it. For apps
     * that keep it themselves; else use `recordConsent()`. The server has to know
     * `consent`: one older than this SDK refuses the login. What is refused, such as
     * a time that is days off, fails one login, and is then left out.
     */
    consent?: () => Consent | null | undefined;
    /** Default: the global `wx`. */
    wx?: UserDataWx;
}
/**
 * The user's own data. Whatever fails rejects with a HufuError, of a code of the
 * client, of the server, or of `userDataCodes`; nothing is thrown. After each
 * change `hufu.session.user` is the new one.
 */
export interface UserData {
    /**
     * The event of a button with open-type `getPhoneNumber` or
     * `getRealtimePhoneNumber`. Send it on at once, and be logged in before the
     * button is shown: base libraries before 2.21.2 give data that a wx.login in
     * between makes unreadable. A code whose answer was lost is sent once more:
     * that costs nothing, and another tap does.
     */
    getPhoneNumber(event: EventLike): Promise<User>;
    /** The event of a button with open-type `chooseAvatar`, or the path of a file. The path ends with the app, so it is uploaded at once. */
    uploadAvatar(from: EventLike | string): Promise<User>;
    /**
     * The nickname: a text, or the submit event of the form around
     * `<input type="nickname">`, or the input's own. Take the form's: WeChat's
     * content check clears the field after `blur`.
     */
    setNickname(from: EventLike | string): Promise<User>;
    /**
     * Nickname and avatar as WeChat gave them until 2022, where it still does.
     * `{ desc }` asks WeChat by the way this client knows; call it in a tap, with
     * nothing awaited before. Or give the event of a button with open-type
     * `getUserInfo`, or what wx.getUserProfile or wx.getUserInfo gave.
     * `again` gets other data, for when it is out of date; without it the user has to tap once more.
     */
    getUserInfo(from: {
        desc: string;
    } | EventLike | UserInfoAnswer, again?: () => UserInfoAnswer | Promise<UserInfoAnswer>): Promise<UserInfo>;
    /**
     * Opens what WeChat has sealed: steps, group ids. Data that is out of date
     * (`session_key_stale`, `decrypt_failed`) leads to one login, and then, by
     * `again`, to other data, once. The same data is never sent again.
     * Without `again` it rejects, after the login, so that the next try works.
     * What gets the data can be given itself, e.g. `() => wx.getWeRunData()`: it is
     * then asked again too, and its refusal has a code. Where WeChat gives nothing
     * because its own login state is over, that leads to the one login as well.
     */
    decrypt<T = any>(sealed: Sealed | (() => Sealed | Promise<Sealed>), again?: () => Sealed | Promise<Sealed>): Promise<T>;
    /**
     * The user has agreed to your privacy policy: logs in and tells the server.
     * Ask before the first login and call this in its place.
     */
    recordConsent(consent: Consent): Promise<Session>;
    /**
     * Erases the user's data in this app, or with `everywhere` in all apps of this
     * hufu, and logs out. The second wants a login younger than ten minutes, and
     * makes one. Ask the user before: nothing brings it back.
     */
    erase(options?: {
        everywhere?: boolean;
    }): Promise<void>;
    readonly privacy: Privacy;
}
/**
 * Makes what reads and changes the user's own data, over a client. Make one,
 * right after the client. Never throws: what is wrong, the calls reject with.
 */
export declare function createUserData(hufu: Hufu, options?: UserDataOptions): UserData;
