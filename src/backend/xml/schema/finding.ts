import type {ScannedAttribute, ScannedElement, ScannedText} from '../scan/scanned.ts';
import type {Pattern} from './patterns.ts';

/** Where a document does not fit the schema, with what might have stood there. */
export type Finding = {readonly element: ScannedElement} & (
	| {
			readonly kind: 'element';
			/** Before it · when its parent had begun · when the content of that had. Undefined: it has no parent. */
			readonly before: Pattern;
			readonly around?: {readonly begun: Pattern; readonly content: Pattern};
	  }
	| {
			/** `value`: such an attribute may stand there, not with that value. */
			readonly kind: 'attribute' | 'value';
			readonly attribute: ScannedAttribute;
			readonly before: Pattern;
			/** It is what stands before it that keeps it out. */
			readonly isConflict: boolean;
	  }
	| {readonly kind: 'no-attribute'; readonly names: readonly string[]; readonly before: Pattern}
	| {readonly kind: 'text'; readonly text: ScannedText; readonly before: Pattern}
	| {readonly kind: 'incomplete'; readonly before: Pattern}
);
