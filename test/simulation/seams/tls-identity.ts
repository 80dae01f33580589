/** No node of this world speaks TLS. */
export const createTlsIdentity = () => ({
  key: 'none',
  certificate: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  pin: 'none',
});
