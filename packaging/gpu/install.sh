#!/usr/bin/env bash
# Install avio from the folders part-1, part-2 …, which lie side by side. No network.
#   bash part-1/install.sh TARGET [PYTHON]
# What PYTHON (python3) has already, PyTorch for CUDA for example, is used from there.
set -euo pipefail
part=$(cd "$(dirname "$0")" && pwd)
target=${1:?usage: bash part-1/install.sh TARGET [PYTHON]}
python=${2:-python3}
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INDEX=1

"$python" -m venv --system-site-packages "$target"
target=$(cd "$target" && pwd)
carried=$target/carried
own=$target/bin/python
rm -rf "$carried"  # of an earlier pack
"$python" "$part/join.py" "$part" "$carried"

# A venv that is made by the Python of another venv does not see that one's packages.
site=$("$own" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$python" -c 'import site; print(*site.getsitepackages(), sep="\n")' >"$site/outer.pth"

has() { "$own" -c "import importlib.util as u, sys; sys.exit(not u.find_spec('$1'))"; }
pip() { "$own" -m pip install --quiet --find-links "$carried/wheels" "$@"; }

# Not those that are installed already: of avio an older state may have the same version,
# and of ffmpeg another may not decode on NVIDIA's cards.
pip --force-reinstall --no-deps "$carried"/wheels/{avio_cli,imageio_ffmpeg}-*.whl
avio=avio-cli
if has torch; then avio='avio-cli[torch]'; fi
pip "$avio"
pip --no-deps "$carried"/wheels/pixeltable_yolox-*.whl
pip cuda-bindings || echo "cuda-bindings cannot be installed: TensorRT cannot be run"

for name in avio verify-gpu; do
  case $name in
    avio) run='-m avio_cli' ;;
    verify-gpu) run="'$carried/verify/scripts/verify-gpu'" ;;
  esac
  cat >"$target/bin/$name" <<END
#!/usr/bin/env bash
export PYTHONSAFEPATH=1  # not an avio of the current folder
export AVIO_FFMPEG=\${AVIO_FFMPEG:-\$('$own' -c 'import imageio_ffmpeg as i; print(i.get_ffmpeg_exe())')}
export AVIO_GPU_DATA=\${AVIO_GPU_DATA:-'$carried/data'}
export AVIO_MODEL_PATH=\${AVIO_MODEL_PATH:-'$carried/data'}
exec '$own' $run "\$@"
END
  chmod +x "$target/bin/$name"
done
"$target/bin/avio" --version
echo "$target/bin/verify-gpu card"
