import { createApp } from 'vue'

import { httpApi } from './api'
import App from './App.vue'
import './styles/base.css'
import './styles/layout.css'
import './styles/lesson.css'
import './styles/chat.css'

createApp(App, { api: httpApi() }).mount('#app')
