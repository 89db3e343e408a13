import { computed, onScopeDispose, type ComputedRef, type Ref } from 'vue'

import type { Api, Place } from '../api'
import { createConversation, type Conversation } from '../conversation'

/**
 * The conversation about the lesson at `place`. Others are kept: an answer that is under way goes on while another
 * lesson is open, and all are stopped with the scope.
 */
export function useChat(api: Api, place: Readonly<Ref<Place | null>>): ComputedRef<Conversation | null> {
  const conversations = new Map<string, Conversation>()
  onScopeDispose(() => conversations.forEach((conversation) => conversation.stop()))

  return computed(() => {
    if (!place.value) return null
    const key = JSON.stringify([place.value.course, place.value.lesson])
    let conversation = conversations.get(key)
    if (!conversation) {
      conversation = createConversation(api, place.value)
      conversations.set(key, conversation)
      void conversation.load()
    }
    return conversation
  })
}
