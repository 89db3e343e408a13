import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const assistant = 'http://127.0.0.1:8001'

export default defineConfig({
  plugins: [vue()],
  // Relative addresses, so that the page also works below a path of another site.
  base: './',
  build: {
    outDir: '../../src/banyan/edge/http/web',
    emptyOutDir: true,
    target: 'es2022',
    // The content policy of the page refuses `data:` addresses, so every asset stays a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // The assistant refuses a foreign Origin, which the development server's own would be.
    proxy: { '/api': { target: assistant, changeOrigin: true, headers: { Origin: assistant } } },
  },
  test: { include: ['tests/**/*.test.ts'] },
})
