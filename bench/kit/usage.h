// What a running process has used so far, told by the kernel. 0 when it has ended.
// Relies on Linux (/proc). Threads: any.
#pragma once

namespace mailcanary::bench {

double cpu_seconds(int pid);          // user and system time of all its threads, to the microsecond
double family_cpu_seconds(int pid);   // of it and its descendants, those that have ended included; to 10 ms each
double resident_mb(int pid);          // now; MB are 10^6 bytes
double peak_resident_mb(int pid);
double load_average();                // of the machine, over the last minute

}  // namespace mailcanary::bench
