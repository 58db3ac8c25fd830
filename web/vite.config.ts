import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { licences } from './build/licences.ts'
import { themeBoot } from './build/theme-boot.ts'

export default defineConfig({
  plugins: [svelte(), themeBoot(), licences()],
  resolve: process.env.VITEST ? { conditions: ['browser'] } : undefined,
  build: {
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // data: URLs would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    sourcemap: false,
  },
  server: { proxy: { '/api': { target: 'http://localhost:8080', ws: true } } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
  },
})
