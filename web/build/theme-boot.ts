/** Emits src/theme-boot.js under a hashed name and loads it before the first paint: a module would run after it. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

export function themeBoot(): Plugin {
  const source = readFileSync(new URL('../src/theme-boot.js', import.meta.url), 'utf8')
  const name = `assets/theme-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.js`
  return {
    name: 'fastness-theme-boot',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: name, source })
    },
    transformIndexHtml: () => [{ tag: 'script', attrs: { src: `/${name}` }, injectTo: 'head-prepend' }],
  }
}
