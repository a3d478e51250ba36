/** What is used of picomatch 4.0, which has no types of its own. */
declare module 'picomatch' {
  export default function picomatch(
    glob: string,
    options?: { readonly dot?: boolean },
  ): (path: string) => boolean
}
