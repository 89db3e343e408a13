import { createApp } from 'vue'

import { apiBase, httpApi } from './api'
import Root from './Root.vue'
import { createSession } from './session'
import './styles/base.css'
import './styles/layout.css'
import './styles/lesson.css'
import './styles/chat.css'
import './styles/sign-in.css'

const session = createSession(apiBase())
createApp(Root, { api: httpApi(session), session }).mount('#app')
