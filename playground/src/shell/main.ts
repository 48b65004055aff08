import { Shell } from './shell'
import { readBoot } from './wire/boot'

new Shell(readBoot(document), new URLSearchParams(location.search), () => location.reload()).start()
