// Usage: node scripts/make-completions.ts
//
// Writes the completions of virt-sandbox that are made from the table of its options. They are committed; a test compares them.
import {readFileSync, writeFileSync} from 'node:fs';
import {bashCompletion, fishCompletion, zshCompletion} from './make/completions.ts';

const bash = 'completions/virt-sandbox.bash';
writeFileSync(bash, bashCompletion(readFileSync(bash, 'utf8')));
writeFileSync('completions/_virt-sandbox', zshCompletion());
writeFileSync('completions/virt-sandbox.fish', fishCompletion());
