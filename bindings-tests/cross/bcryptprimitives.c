/* What Rust's standard library needs of Windows' bcryptprimitives.dll, which Wine 8 does not have: random bytes. Built and
   put into a scratch prefix by `run`; nothing of it is handed out. */
#include <windows.h>

BOOLEAN WINAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
    return SystemFunction036(data, (ULONG)length);
}
