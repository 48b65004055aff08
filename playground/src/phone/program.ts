/** What the compiler makes of a mini program, and the phone runs. */
export interface Program {
  app: AppConfig
  /** Pages and components by path; `usingComponents` names paths from the root. */
  components: Record<string, PageConfig>
  /** CSS by path, in the order in which it holds. */
  styles: Record<string, string>
  /** The class prefix of each component with a style of its own. */
  scopes: Record<string, string>
  /** Pictures as data: URLs, by path with "/" at the front. */
  assets: Record<string, string>
  /** Makes the code, with what stands in place of a browser's globals; the compiler lists the names. Runs no module. */
  code(given: Record<string, unknown>): ProgramCode
}

/** Templates by path, modules by name. */
export interface ProgramCode {
  templates: Record<string, unknown>
  modules: Record<string, ProgramModule>
}

/** A CommonJS module, and which module each of its requests means. */
export interface ProgramModule {
  requires: Record<string, string>
  run(require: (request: string) => unknown, module: { exports: unknown }, exports: unknown): void
}

/** The parts of app.json that mean something here. */
export interface AppConfig {
  pages: string[]
  entryPagePath?: string
  window?: WindowConfig
  usingComponents: Record<string, string>
  networkTimeout?: { request?: number; uploadFile?: number }
  darkmode?: boolean
  theme?: Partial<Record<'light' | 'dark', Record<string, string>>>
  tabBar?: TabBarConfig
}

export interface WindowConfig {
  navigationBarTitleText?: string
  navigationBarBackgroundColor?: string
  navigationBarTextStyle?: string
  navigationStyle?: string
  backgroundColor?: string
  enablePullDownRefresh?: boolean
  onReachBottomDistance?: number
}

export interface TabBarConfig {
  color?: string
  selectedColor?: string
  backgroundColor?: string
  list: Array<{ pagePath: string; text: string; iconPath?: string; selectedIconPath?: string }>
}

export interface PageConfig extends WindowConfig {
  component?: boolean
  usingComponents: Record<string, string>
}

declare global {
  /** What program.js sets. */
  var hufuProgram: Program | undefined
}
