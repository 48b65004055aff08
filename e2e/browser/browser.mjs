import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { chromium } from 'playwright-core'

/** Where the pictures of a run are kept. */
export const screenshots = path.join(import.meta.dirname, 'screenshots')

/** How long anything may take, in ms: for machines under load. */
export const patience = 120_000

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium'
const args = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]

export async function launch() {
  await mkdir(screenshots, { recursive: true })
  return chromium.launch({ executablePath, args, headless: true, timeout: patience })
}

/**
 * Opens the playground. What the page says that nobody should have to read is
 * kept: errors on the console, exceptions, requests to anywhere else.
 */
export async function openPlayground(browser, base, options = {}) {
  const { query = '', width = 1440, height = 900, theme = 'light', lang = 'en', tour = false } = options
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: theme, locale: lang === 'zh' ? 'zh-CN' : 'en-US', reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  const faults = []
  page.on('console', (m) => m.type() === 'error' && faults.push(`console: ${m.text()}`))
  page.on('pageerror', (e) => faults.push(`exception: ${e.message}`))
  page.on('request', (r) => !/^(data|blob|about):/.test(r.url()) && !r.url().startsWith(base) && faults.push(`outside: ${r.url()}`))
  const params = new URLSearchParams({ lang, theme, ...(tour ? {} : { tour: '0' }), ...Object.fromEntries(new URLSearchParams(query)) })
  await page.goto(`${base}/?${params}`)
  return { context, page, faults, phone: phoneOf(page), close: () => context.close() }
}

/** The phone's page: things by the ids of the mini program, which the engine prefixes. */
export function phoneOf(page) {
  const frame = page.frameLocator('iframe')
  const byId = (id) => frame.locator(`[id$="--${id}"]:visible`)
  return {
    frame,
    byId,
    async tap(id) {
      await show(page, 'phone')
      await byId(id).click()
    },
    text: (id) => byId(id).innerText(),
  }
}

/** Brings a part of the page into view, where there is no room for all of them. */
export async function show(page, view) {
  const tab = page.getByTestId(`tab-${view}`)
  if (await tab.isVisible()) await tab.click()
}

/** Clicks a control of the panels. */
export async function control(page, id) {
  await show(page, 'controls')
  await page.getByTestId(id).click()
}

/** Waits for an arrow of the diagram, whether it is in view or not. */
export const drawn = (page, what) => exchange(page, what).first().waitFor({ state: 'attached' })

/** An arrow of the diagram. */
export function exchange(page, { path: of, status, fault, from, to }) {
  let selector = '[data-testid="exchange"]'
  for (const [name, value] of Object.entries({ path: of, status, fault, from, to })) {
    if (value !== undefined) selector += `[data-${name}="${value}"]`
  }
  return page.locator(selector)
}
