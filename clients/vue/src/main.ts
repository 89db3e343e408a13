import { createApp } from 'vue'

import { apiBase, httpApi } from './api'
import App from './App.vue'
import { createSession } from './session'
import './styles/base.css'
import './styles/layout.css'
import './styles/lesson.css'
import './styles/chat.css'
import './styles/sign-in.css'

const session = createSession(apiBase())
createApp(App, { api: httpApi(session), session }).mount('#app')
