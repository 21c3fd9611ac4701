/** The first word of a process that removes what is left of a sandbox; its id follows, and the order. Nobody types it. */
export const removerWord = '--remover';
