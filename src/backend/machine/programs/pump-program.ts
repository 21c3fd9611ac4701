import {writeProgram} from '../../guest/program/program-file.ts';

/**
 * Copies descriptor 0 to 1 until one of them ends, then writes the number of bytes to 3, as a line, where 3 is open: `tee` and `wc` in one process, or `cat`.
 * r12 is the count, the buffer is on the stack.
 *
 *     00 sub rsp, 65568        28 mov edi, 1             52 mov ecx, 10
 *     07 xor r12d, r12d        2d mov rsi, r14           57 digit: xor edx, edx
 *     0a read: xor eax, eax    30 mov rdx, r13           59 div rcx
 *     0c xor edi, edi          33 syscall                5c add dl, '0'
 *     0e mov rsi, rsp          35 test rax, rax          5f dec rsi
 *     11 mov edx, 65536        38 jle done               62 mov [rsi], dl
 *     16 syscall               3a add r12, rax           64 test rax, rax
 *     18 test rax, rax         3d add r14, rax           67 jnz digit
 *     1b jle done              40 sub r13, rax           69 lea rdx, [rsp+32]
 *     1d mov r13, rax          43 jnz write              6e sub rdx, rsi
 *     20 mov r14, rsp          45 jmp read               71 mov eax, 1; mov edi, 3
 *     23 write: mov eax, 1     47 done: lea rsi, [rsp+31]  7b syscall
 *                              4c mov [rsi], 10          7d mov eax, 231; xor edi, edi
 *                              4f mov rax, r12           84 syscall
 */
const code =
	'4881ec20000100 4531e4 31c0 31ff 4889e6 ba00000100 0f05 4885c0 7e2a 4989c5 4989e6 b801000000 bf01000000 4c89f6 4c89ea 0f05 4885c0 7e0d 4901c4 4901c6 4929c5 75de ebc3' +
	' 488d74241f c6060a 4c89e0 b90a000000 31d2 48f7f1 80c230 48ffce 8816 4885c0 75ee 488d542420 4829f2 b801000000 bf03000000 0f05 b8e7000000 31ff 0f05';

export const pumpProgram = writeProgram(Buffer.from(code.replaceAll(' ', ''), 'hex'), 'x64');
