// Usage: node scripts/make-completions.ts
//
// Writes the completions of virt-sandbox that are made from the table of its options. They are committed; a test compares them.
import {writeFileSync} from 'node:fs';
import {fishCompletion, zshCompletion} from '../src/cli/completion-files.ts';

writeFileSync('completions/_virt-sandbox', zshCompletion());
writeFileSync('completions/virt-sandbox.fish', fishCompletion());
