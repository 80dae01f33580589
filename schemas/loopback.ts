/** Whether a host of a URL is this machine for certain: 127.0.0.0/8 or ::1 as a literal, no name. */
export function isLoopback(hostname: string): boolean {
  return hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
