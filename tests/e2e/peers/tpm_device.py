"""A TPM 2.0 with a character device: swtpm behind a pseudo-terminal in raw mode.

tpm_device.py STATE: prints the device's path, and runs until it is ended or its standard input closes.
"""
import os
import select
import subprocess
import sys
import tty

state = sys.argv[1]
tpm_side, device_side = os.openpty()
tty.setraw(device_side)
tpm = subprocess.Popen(
    ['swtpm', 'chardev', '--tpm2', '--tpmstate', f'dir={state}', '--fd', str(tpm_side),
     '--flags', 'not-need-init,startup-clear', '--log', f'file={state}/log'],
    pass_fds=[tpm_side], stdin=subprocess.DEVNULL)
print(os.ttyname(device_side), flush=True)
ended = os.pidfd_open(tpm.pid)
select.select([sys.stdin, ended], [], [])
tpm.terminate()
sys.exit(tpm.wait() != 0)
