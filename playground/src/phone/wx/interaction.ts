import { HostFailure } from '../../host'
import type { ModalOptions } from '../chrome/sheets'
import type { ToastOptions } from '../chrome/toast'
import type { Context } from '../phone'
import { answer } from './answer'
import type { Family } from './index'

/** Toast, loading, modal, action sheet. */
export const interaction: Family = (context: Context) => {
  const { toast, sheets } = context.screen
  return {
    showToast: (options?: ToastOptions) => answer(context, 'showToast', options, () => toast.show(options ?? {})),
    hideToast: (options?: object) => answer(context, 'hideToast', options, () => toast.hide()),
    showLoading: (options?: ToastOptions) => answer(context, 'showLoading', options, () => toast.showLoading(options ?? {})),
    hideLoading: (options?: object) => answer(context, 'hideLoading', options, () => toast.hide()),
    showModal: (options?: ModalOptions) => answer(context, 'showModal', options, async () => {
      const { confirm, content } = await sheets.modal(options ?? {})
      return { confirm, cancel: !confirm, content: confirm ? content : null }
    }),
    showActionSheet: (options?: { itemList?: string[]; itemColor?: string }) => answer(context, 'showActionSheet', options, async () => {
      const items = options?.itemList ?? []
      if (items.length === 0) throw new HostFailure('parameter error: itemList should have at least 1 item')
      if (items.length > 6) throw new HostFailure('parameter error: itemList should not be larger than 6')
      const tapIndex = await sheets.list(items.map(String), options?.itemColor)
      if (tapIndex === null) throw new HostFailure('cancel')
      return { tapIndex }
    }),
  }
}
