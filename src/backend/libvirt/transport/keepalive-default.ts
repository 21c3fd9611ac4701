/**
 * How a connection over ssh, which can die without a word, is watched where nobody says otherwise: as libvirt's own client does.
 * A socket of this host needs no watching.
 */
export const keepaliveDefault = {intervalMs: 5000, count: 5} as const;
