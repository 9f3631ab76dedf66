# Builds, tests and runs homelab on Windows; build.sh is its twin on Linux and macOS. `./build.ps1 help` lists what it does.
param([string] $Command = 'build', [Parameter(ValueFromRemainingArguments)] [string[]] $Rest = @())

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3
Set-Location $PSScriptRoot

$exe = Join-Path $PSScriptRoot 'dist/homelab.exe'
$work = Join-Path $PSScriptRoot 'obj' # publish folder, symbols, test results: nothing of this is shipped
$env:DOTNET_NOLOGO = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
# Build servers outlive the build and hold memory and files; a script should leave nothing running.
$env:MSBUILDDISABLENODEREUSE = '1'
$env:UseSharedCompilation = 'false'

function Say([string] $text) { [Console]::Error.WriteLine($text) }

function Stop-Build([string] $text) {
  Say "build.ps1: $text"
  exit 1
}

function Show-Usage {
  Write-Output @'
usage: ./build.ps1 [command]

  build             (default) publish one native executable, dist/homelab.exe, and SQLite's e_sqlite3.dll beside it
  test [FILTER]     build, check the format, run every test (or those whose name contains FILTER)
  run [ARGS]        build if needed, then run the daemon: on this machine's Ollama, or simulated where there is none
  bench [PART]      measure latency, throughput, memory, start-up and size; PART (gateway, cluster, placement, policy, devices, estimates) runs that one alone
  faults            run the fault and end-to-end tests only
  format            apply the code style
  clean             delete what was built
  help              this text
'@
}

function Assert-Sdk {
  $found = $null
  if (Get-Command dotnet -ErrorAction SilentlyContinue) { $found = dotnet --version 2>$null }
  if (-not $found -or $LASTEXITCODE -ne 0) {
    Say 'build.ps1: the .NET SDK 10.0 is missing. Install it with:'
    Say '    winget install Microsoft.DotNet.SDK.10'
    exit 1
  }
}

function Assert-Linker {
  $where = Join-Path ${env:ProgramFiles(x86)} 'Microsoft Visual Studio/Installer/vswhere.exe'
  $tools = $null
  if (Test-Path $where) {
    $tools = & $where -latest -prerelease -products * -requires Microsoft.VisualStudio.Component.VC.Tools.x86.x64 -property installationPath
  }
  if (-not $tools) {
    Say 'build.ps1: the C++ linker is missing; the native compiler ends with it. Install it with:'
    Say '    winget install Microsoft.VisualStudio.2022.BuildTools --override "--wait --passive --add Microsoft.VisualStudio.Workload.VCTools --includeRecommended"'
    exit 1
  }
}

# Shows the output only where the command failed.
function Invoke-Quietly([string] $label, [string[]] $arguments) {
  $output = & dotnet @arguments 2>&1
  if ($LASTEXITCODE -ne 0) {
    $output | Where-Object { "$_".Trim() } | Sort-Object -Unique | Select-Object -Last 60 | ForEach-Object { Say "$_" }
    Stop-Build "$label failed"
  }
}

# Locked, so that everybody builds with the same packages. Without -r: `restore -r` would call the lock file outdated (NU1004).
function Restore-Packages { Invoke-Quietly 'restore' @('restore', 'Homelab.sln', '-v', 'q', '--locked-mode') }

# Whether the executable is there and nothing that it is made of is newer.
function Test-Current {
  if (-not (Test-Path $exe)) { return $false }
  $built = (Get-Item $exe).LastWriteTimeUtc
  $sources = @(Get-ChildItem Homelab -Recurse -File | Where-Object { $_.FullName -notmatch '[\\/](obj|bin)[\\/]' })
  $sources += Get-Item Directory.Build.props, Directory.Packages.props, global.json
  return -not ($sources | Where-Object { $_.LastWriteTimeUtc -gt $built } | Select-Object -First 1)
}

function Build-Executable {
  Assert-Sdk
  if (Test-Current) { return }
  Assert-Linker
  $out = Join-Path $work 'publish'
  Say 'building dist/homelab.exe (win-x64, native; takes a minute or two)'
  Restore-Packages
  if (Test-Path $out) { Remove-Item $out -Recurse -Force }
  Invoke-Quietly 'publish' @('publish', 'Homelab/Homelab.csproj', '-c', 'Release', '-r', 'win-x64', '--no-restore', '-o', $out, '-v', 'q')
  # There is no static library of SQLite to be had on Windows: its DLL is the one file beside the executable, which the hub needs.
  $sqlite = Join-Path $out 'e_sqlite3.dll'
  $extra = Get-ChildItem $out | Where-Object { $_.Name -notin 'homelab.exe', 'homelab.pdb', 'e_sqlite3.dll' }
  if ($extra) { Stop-Build "publish made a second file, $($extra[0].Name): the executable would not run alone" }
  New-Item -ItemType Directory -Force dist, (Join-Path $work 'symbols') | Out-Null
  Get-ChildItem $out -Filter 'homelab.pdb' | Move-Item -Destination (Join-Path $work 'symbols') -Force
  Move-Item (Join-Path $out 'homelab.exe') $exe -Force
  if (Test-Path $sqlite) { Move-Item $sqlite dist -Force }
  (Get-Item $exe).LastWriteTimeUtc = [DateTime]::UtcNow
  Say "built dist/homelab.exe, $([int]((Get-Item $exe).Length / 1000000)) MB"
}

function Invoke-Tests([string] $name) {
  $filter = ''
  if ($name) { $filter = if ($name -match '[=~]') { $name } else { "FullyQualifiedName~$name" } }
  Build-Executable
  Restore-Packages
  Say 'building the tests'
  Invoke-Quietly 'building the tests' @('build', 'Homelab.sln', '-c', 'Release', '--no-restore', '-v', 'q')
  $passed = 0
  $failed = 0
  $skipped = 0
  if (-not $filter) {
    Say 'checking the format'
    $report = dotnet format Homelab.sln --no-restore --verify-no-changes 2>&1
    if ($LASTEXITCODE -eq 0) {
      $passed++
    } else {
      $report | Where-Object { "$_" -match 'error|warning' } | Sort-Object -Unique | Select-Object -First 40 | ForEach-Object { Say "$_" }
      Say 'FAILED  format: run ./build.ps1 format'
      $failed++
    }
  }
  $results = Join-Path $work 'test-results'
  if (Test-Path $results) { Remove-Item $results -Recurse -Force }
  $arguments = @('test', 'Homelab.Tests/Homelab.Tests.csproj', '--no-build', '-c', 'Release', '-v', 'q', '--results-directory', $results,
    '--logger', 'trx;LogFileName=tests.trx', '--logger', 'console;verbosity=minimal', '--blame-hang-timeout', '10m', '--blame-hang-dump-type', 'none')
  if ($filter) { $arguments += @('--filter', $filter) }
  $env:HOMELAB_EXE = $exe
  # A temporary folder of the run's own: the test runner leaves empty folders behind.
  $temporary = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName()))
  $env:TMP = $env:TEMP = $temporary.FullName
  & dotnet @arguments
  $code = $LASTEXITCODE
  Remove-Item $temporary -Recurse -Force -ErrorAction SilentlyContinue
  $trx = Join-Path $results 'tests.trx'
  if (Test-Path $trx) {
    $run = ([xml](Get-Content $trx -Raw)).TestRun
    foreach ($result in @($run.Results.UnitTestResult)) {
      switch ($result.outcome) {
        'Passed' { $passed++ }
        'NotExecuted' { $skipped++; Write-Output "skipped $($result.testName): $($result.SelectSingleNode('*/*/*[local-name()=''Message'']').InnerText)" }
        default { $failed++; Write-Output "FAILED  $($result.testName): $($result.SelectSingleNode('*/*/*[local-name()=''Message'']').InnerText)" }
      }
    }
  } elseif ($code -eq 0) {
    Say "no test matches: $filter"
    $failed++
  }
  # The runner failed without a failed test: a crash of the test host, say. Never green.
  if ($code -ne 0 -and $failed -eq 0) {
    Say "the test runner itself failed (exit code $code)"
    $failed++
  }
  $line = "$passed passed, $failed failed"
  if ($skipped -gt 0) { $line += ", $skipped skipped" }
  Write-Output $line
  exit [int]($failed -gt 0)
}

function Start-Daemon([string[]] $arguments) {
  Build-Executable
  $url = $env:HOMELAB_DAEMON__ENGINES__OLLAMA__URL
  if (-not $url) {
    try { $url = (& $exe config show --output json 2>$null | Out-String | ConvertFrom-Json).daemon.engines.ollama.url } catch { $url = $null }
  }
  if (-not $url) { $url = 'http://127.0.0.1:11434' }
  $answers = [bool](Get-Command ollama -ErrorAction SilentlyContinue)
  if (-not $answers) {
    try { $answers = (Invoke-WebRequest "$url/api/version" -TimeoutSec 2 -UseBasicParsing).StatusCode -eq 200 } catch { $answers = $false }
  }
  if (-not $answers) {
    Say "No Ollama here: nothing answers at $url and there is no ``ollama`` on PATH."
    Say '  To get it:  winget install Ollama.Ollama'
    Say 'Until then the daemon serves SIMULATED models: the answers are made up, everything else is the real thing.'
    $env:HOMELAB_DAEMON__ENGINES__SIMULATED__ENABLED = 'true'
    $env:HOMELAB_DAEMON__ENGINES__OLLAMA__MANAGE = 'off'
  }
  & $exe daemon @arguments
  exit $LASTEXITCODE
}

switch ($Command) {
  'build' { Build-Executable }
  'test' { Invoke-Tests ($Rest | Select-Object -First 1) }
  'run' { Start-Daemon $Rest }
  'bench' {
    Build-Executable
    Restore-Packages
    Invoke-Quietly 'building the benchmark' @('build', 'Homelab.Bench/Homelab.Bench.csproj', '-c', 'Release', '--no-restore', '-v', 'q')
    & dotnet Homelab.Bench/bin/Release/net10.0/Homelab.Bench.dll --exe $exe @Rest
    exit $LASTEXITCODE
  }
  'faults' { Invoke-Tests 'FullyQualifiedName~Homelab.Tests.Faults|FullyQualifiedName~Homelab.Tests.EndToEnd' }
  'format' {
    Assert-Sdk
    Restore-Packages
    & dotnet format Homelab.sln --no-restore
    exit $LASTEXITCODE
  }
  'clean' {
    foreach ($folder in 'dist', 'obj', 'Homelab/bin', 'Homelab/obj', 'Homelab.Tests/bin', 'Homelab.Tests/obj', 'Homelab.Bench/bin', 'Homelab.Bench/obj') {
      if (Test-Path $folder) { Remove-Item $folder -Recurse -Force }
    }
  }
  { $_ -in 'help', '-h', '--help' } { Show-Usage }
  default { Show-Usage; exit 2 }
}
