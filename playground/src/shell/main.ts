import { byId } from './dom'
import { startShell } from './shell'
import { readBoot } from './wire/boot'

startShell({ boot: readBoot(document), query: new URLSearchParams(location.search), byId, reload: () => location.reload() })
