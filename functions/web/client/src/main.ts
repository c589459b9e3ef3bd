import './tokens.css'
import './base.css'
import './parts.css'

import { createApp } from 'vue'

import App from './App.vue'
import { i18n, startLanguage } from './i18n'
import { router } from './router'

await startLanguage()
createApp(App).use(i18n).use(router).mount('#app')
if (import.meta.env.PROD && 'serviceWorker' in navigator) await navigator.serviceWorker.register('/sw.js')
