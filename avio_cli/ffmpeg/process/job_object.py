"""Windows: a job object, whose processes end when its last handle is closed.

The system closes the only handle when we end, be it that we are killed.
"""

import functools
import subprocess
import sys

KILL_ON_CLOSE = 0x2000  # JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
PROCESS_TIME = 0x2  # JOB_OBJECT_LIMIT_PROCESS_TIME
PROCESS_MEMORY = 0x100  # JOB_OBJECT_LIMIT_PROCESS_MEMORY
EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _BasicLimits(ctypes.Structure):
        _fields_ = (
            ("per_process_user_time", ctypes.c_int64),
            ("per_job_user_time", ctypes.c_int64),
            ("flags", wintypes.DWORD),
            ("minimum_working_set", ctypes.c_size_t),
            ("maximum_working_set", ctypes.c_size_t),
            ("active_processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("priority_class", wintypes.DWORD),
            ("scheduling_class", wintypes.DWORD),
        )

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = (
            ("basic", _BasicLimits),
            ("io_counters", ctypes.c_uint64 * 6),
            ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t),
            ("peak_process_memory", ctypes.c_size_t),
            ("peak_job_memory", ctypes.c_size_t),
        )

    @functools.cache
    def _kernel() -> ctypes.WinDLL:
        kernel = ctypes.WinDLL("kernel32")
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        kernel.CreateJobObjectW.argtypes = (wintypes.LPVOID, wintypes.LPCWSTR)
        kernel.SetInformationJobObject.argtypes = (
            *(wintypes.HANDLE, ctypes.c_int),
            *(wintypes.LPVOID, wintypes.DWORD),
        )
        kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
        return kernel

    @functools.cache
    def _job() -> int | None:
        job: int | None = _kernel().CreateJobObjectW(None, None)
        limits = _ExtendedLimits()
        limits.basic.flags = KILL_ON_CLOSE
        _set_limits(job, limits)
        return job

    def _set_limits(job: int | None, limits: _ExtendedLimits) -> None:
        size = ctypes.sizeof(limits)
        _kernel().SetInformationJobObject(
            job, EXTENDED_LIMITS, ctypes.byref(limits), size
        )

    def bound_job(memory: int, cpu_seconds: int) -> None:
        """Bound each process of our job: bytes committed, seconds of CPU time."""
        limits = _ExtendedLimits()
        limits.basic.flags = KILL_ON_CLOSE | PROCESS_TIME | PROCESS_MEMORY
        limits.basic.per_process_user_time = cpu_seconds * 10_000_000
        limits.process_memory = memory
        _set_limits(_job(), limits)

    def add_to_job(child: "subprocess.Popen[bytes]") -> None:
        """Put a child into our job; where that is refused, it runs without."""
        _kernel().AssignProcessToJobObject(_job(), int(vars(child)["_handle"]))

else:

    def add_to_job(child: "subprocess.Popen[bytes]") -> None:
        """Do nothing: other systems have no job objects."""

    def bound_job(memory: int, cpu_seconds: int) -> None:
        """Do nothing, likewise."""
