// Usage: node scripts/make-schema.ts
//
// Writes the schema of profiles, made from the table of settings. It is committed; a test compares it.
import {writeFileSync} from 'node:fs';
import {makeProfileSchema} from './make/profile-schema.ts';

writeFileSync('docs/profile.schema.json', `${JSON.stringify(makeProfileSchema(), undefined, '\t')}\n`);
