import { startPhone } from './start'

window.startPhone = startPhone
