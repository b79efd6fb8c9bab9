// Style sheets are imported for their effect.
declare module '*.css';

declare module '*?url' {
  const address: string;
  export default address;
}
