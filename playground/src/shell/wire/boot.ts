/** What the server wrote into the page: who is there to play with, and the token of this start. */
export interface Boot {
  /** Wanted by every call under /playground/v1; a restarted server has another. */
  token: string
  version: string
  base_url: string
  /** False: WeChat is the real one, and a browser cannot log in. */
  simulated: boolean
  simulator_url: string
  apps: { appid: string; name: string }[]
  people: string[]
  /** The phone runs the developer's own mini program, not the example. */
  own_program: boolean
  domains: string[]
}

/** Reads the page's boot data. Throws where the page did not come from hufu. */
export function readBoot(document: Document): Boot {
  const text = document.getElementById('boot')?.textContent ?? ''
  const boot = JSON.parse(text) as Partial<Boot>
  if (!boot.token || !boot.apps?.length) throw new Error('the page carries no boot data')
  return {
    token: boot.token,
    version: boot.version ?? '',
    base_url: boot.base_url ?? location.origin,
    simulated: boot.simulated !== false,
    simulator_url: boot.simulator_url ?? '',
    apps: boot.apps,
    people: boot.people?.length ? boot.people : ['alice'],
    own_program: boot.own_program ?? false,
    domains: boot.domains ?? [],
  }
}
