import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'

import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** Tells the service worker the files of this release, so that pages open offline that were not visited yet. */
function precached(): Plugin {
  return {
    name: 'precached',
    apply: 'build',
    closeBundle() {
      const files = readdirSync('dist/assets').filter((name) => /\.(js|css)$/.test(name))
      const worker = readFileSync('dist/sw.js', 'utf8')
      const filled = worker.replace('const FILES = []', `const FILES = ${JSON.stringify(files.map((name) => `/assets/${name}`))}`)
      if (filled === worker) throw new Error('dist/sw.js has no place for the files')
      writeFileSync('dist/sw.js', filled)
    },
  }
}

/** Compresses once what the Lambda would else compress for everybody. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      for (const entry of readdirSync('dist', { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg|webmanifest)$/.test(entry.name)) continue
        const path = join(entry.parentPath, entry.name)
        const bytes = readFileSync(path)
        writeFileSync(`${path}.br`, brotliCompressSync(bytes))
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
      }
    },
  }
}

const api = process.env.PROHOD_API ?? 'http://127.0.0.1:9000'

export default defineConfig({
  // In this order: what is compressed is the worker as it is served.
  plugins: [vue(), precached(), compressed()],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  // Inlined files would need `data:` for more than pictures in the CSP.
  build: { target: 'es2022', assetsInlineLimit: 0 },
  server: { port: 5173, proxy: { '/api': { target: api, changeOrigin: true } } },
  test: { environment: 'jsdom', include: ['tests/**/*.test.ts'] },
})
