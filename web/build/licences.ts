/**
 * Lists the licence of every package whose code or files end up in the console, as licences.txt in the output.
 * A package with no licence text, or under a licence nobody has said yes to, fails the build.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Plugin } from 'vite'

const accepted = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'OFL-1.1'])

interface Package {
  name: string
  version: string
  license: string
  text: string
}

function packageRoot(file: string): string | undefined {
  const at = file.lastIndexOf('node_modules/')
  if (at < 0) return undefined
  const [first = '', second = ''] = file.slice(at + 'node_modules/'.length).split('/')
  return join(file.slice(0, at), 'node_modules', first.startsWith('@') ? `${first}/${second}` : first)
}

function describe(root: string): Package {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Omit<Package, 'text'>
  const file = readdirSync(root).find((name) => /^(licen[cs]e|copying)/i.test(name))
  const text = file ? readFileSync(join(root, file), 'utf8').trim() : ''
  return { name: manifest.name, version: manifest.version, license: manifest.license, text }
}

export function licences(): Plugin {
  return {
    name: 'fastness-licences',
    apply: 'build',
    generateBundle(_, bundle) {
      // Direct dependencies count whole: fonts arrive as files that no module names.
      const own = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> }
      const roots = new Set(Object.keys(own.dependencies).map((name) => resolve('node_modules', name)))
      for (const output of Object.values(bundle)) {
        for (const file of output.type === 'chunk' ? output.moduleIds : []) {
          const root = packageRoot(file.replace(/^\0/, ''))
          if (root && existsSync(join(root, 'package.json'))) roots.add(root)
        }
      }
      const packages = [...roots].map(describe).sort((a, b) => a.name.localeCompare(b.name))
      for (const found of packages) {
        if (!accepted.has(found.license)) this.error(`${found.name} is under ${found.license}, which nobody has accepted`)
        if (!found.text) this.error(`${found.name} has no licence text`)
      }
      const body = packages.map((found) => `${found.name} ${found.version}, ${found.license}\n\n${found.text}\n`)
      this.emitFile({
        type: 'asset',
        fileName: 'licences.txt',
        source: `The console contains these packages.\n\n${body.join(`\n${'-'.repeat(72)}\n\n`)}`,
      })
    },
  }
}
