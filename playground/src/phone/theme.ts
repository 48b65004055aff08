import type { Host, Theme } from '../host'
import type { AppConfig, WindowConfig } from './program'

/** The theme a program is shown in: without `darkmode` in app.json WeChat leaves it light. */
export function themeOf(app: AppConfig, theme: Host['theme']): Theme {
  return app.darkmode ? theme : 'light'
}

/** A config with each "@name" replaced by the colour theme.json has for it. */
export function themed<T extends WindowConfig>(app: AppConfig, config: T, theme: Theme): T {
  const colours = app.theme?.[theme] ?? {}
  const plain = (value: unknown): unknown => (typeof value === 'string' && value.startsWith('@') ? colours[value.slice(1)] : value)
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, plain(value)])) as unknown as T
}
