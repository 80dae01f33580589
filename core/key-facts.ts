/** The public part of a key, as the device gives it; all base64. Generic keys have none. */
export type PublicKeyFacts = { data: string } | { modulus: string; publicExponent: string };

/** What may be known of a key without its private part: what `GET /keys/<id>` and `/cert` tell. */
export interface KeyFacts {
  /** `RSA`, `Curve25519`, `EC_P256`, `BrainpoolP256`, `Generic`, … */
  type: string;
  mechanisms: string[];
  public?: PublicKeyFacts;
  /** A key with tags is used only by Operators that have one of them. */
  tags: string[];
  label?: string;
  certificate?: { contentType: string; data: Buffer };
  /** How often the key was used; written once an hour, so a difference is no drift. */
  operations: number;
}
