/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default {
  compilerOptions: {
    runes: true,
    // Build the DOM by calls, never by innerHTML: the page runs under
    // require-trusted-types-for 'script' without any policy.
    fragments: 'tree',
  },
}
