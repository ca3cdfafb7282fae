// What the servers in JavaScript share: whoever calls is who the issuer says in the token, and everybody's notes.
//
// From the environment: PORT, ISSUER, JWKS_URL, AUDIENCE.
import { randomUUID } from "node:crypto";
import { createRemoteJWKSet, jwtVerify } from "jose";

const { ISSUER, JWKS_URL, AUDIENCE } = process.env;
const keys = createRemoteJWKSet(new URL(JWKS_URL));
const notes = new Map(); // id -> { owner, text }

// The claims of the token that a request shows; nothing if it shows none that is good here.
export async function claimsOf(authorization) {
  try {
    const token = authorization.replace(/^Bearer /, "");
    const { payload } = await jwtVerify(token, keys, {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ["ES256"],
      requiredClaims: ["exp", "sub"],
    });
    return payload.scope?.split(" ").includes("notes:use") ? payload : undefined;
  } catch {
    return undefined;
  }
}

export function createNote(owner, text) {
  const id = randomUUID();
  notes.set(id, { owner, text });
  return { id, text };
}

export async function getNote(owner, id) {
  await new Promise((resolve) => setTimeout(resolve, 5)); // a store takes its time
  const note = notes.get(id);
  if (note?.owner !== owner) throw new Error("you have no such note");
  return { id, text: note.text };
}

export const idsOf = (owner) => [...notes].filter(([, note]) => note.owner === owner).map(([id]) => id);
