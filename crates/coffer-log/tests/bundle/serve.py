"""Answers lines on stdin, each the arguments of `verify_log.py` with tabs between: `ok`, or the place of the fault.

    serve.py VERIFY_LOG_PY
"""

import contextlib
import importlib.util
import io
import sys

spec = importlib.util.spec_from_file_location("verify_log", sys.argv[1])
verify_log = importlib.util.module_from_spec(spec)
sys.dont_write_bytecode = True
spec.loader.exec_module(verify_log)

for question in sys.stdin:
    sys.argv[1:] = question.rstrip("\n").split("\t")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = verify_log.main()
    print("ok" if code == 0 else said.getvalue().split(": ")[0], flush=True)
