# docs/sql is run with DuckDB as people would run it. DuckDB comes from npm into the test's own folder.

Describe 'The SQL of docs/sql in DuckDB' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $folder = (Resolve-Path TestDrive:/).ProviderPath
        $duck = Join-Path $folder duck
        $null = New-Item -ItemType Directory $duck
        $missing = if (-not (Get-Command node, npm -CommandType Application -ErrorAction Ignore | Select-Object -Skip 1)) { 'node and npm are needed' }
        if (-not $missing) {
            $said = npm install --prefix $duck --no-audit --no-fund --no-package-lock '@duckdb/node-api@1.5.6-r.1' 2>&1
            if ($LASTEXITCODE) { $missing = "@duckdb/node-api couldn't be installed: $($said -match 'npm error' | Select-Object -First 1)" }
        }
        Set-Content "$duck/ask.mjs" @'
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
const [segments, views, ...questions] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
await connection.run(`SET VARIABLE segments = '${segments.replaceAll("'", "''")}'`);
await connection.run(readFileSync(views, 'utf8'));
const answers = [];
for (const question of questions) answers.push((await connection.runAndReadAll(question)).getRowObjectsJson());
console.log(JSON.stringify(answers));
'@
        function Read-Sql([string]$Segments, [string[]]$Question) {
            # Without quotes PowerShell itself would make file names of the pattern.
            $answer = node "$duck/ask.mjs" "$Segments" "$Root/docs/sql/duckdb.sql" @Question 2>&1
            if ($LASTEXITCODE) { throw "DuckDB: $($answer | Out-String)" }
            $answer | ConvertFrom-Json -NoEnumerate
        }
        $log = New-TestLog
        Get-Content "$Root/samples/Quickstart/access-events.jsonl" | ConvertFrom-Json | Write-AuditEvent -Log $log.Log
        Write-AuditEvent -Log $log.Log -Action 'odd:Ünïcode' -ActorId "o'neill" -Data @{ text = "a`nb"; 'x.y' = 1 }
        $segments = "$($log.Log)/segments/*.jsonl.gz"
        $records = Get-AuditEvent $log.Log
        $questions = (Get-Content "$Root/docs/sql/questions.sql" -Raw) -split ';\s*(?:\n|$)' | Where-Object { $_.Trim() }
    }

    BeforeEach { if ($missing) { Set-ItResult -Skipped -Because $missing } }

    It 'reads <From> as the cmdlets do' -ForEach @(@{ From = 'the segments' }, @{ From = 'an export' }) {
        $source = $segments
        if ($From -eq 'an export') { $source = (Export-AuditEvent $log.Log -Format JsonLines -Path "$folder/export.jsonl.gz" -Force -PassThru).FullName }
        $rows = (Read-Sql $source 'SELECT seq, id, action, actor_id, resource_id, outcome, prev, epoch_us("time") AS us FROM records ORDER BY seq')[0]
        $rows.Count | Should -Be $records.Count
        for ($i = 0; $i -lt $rows.Count; $i++) {
            $rows[$i].seq | Should -Be $records[$i].Sequence
            $rows[$i].id | Should -Be $records[$i].Id
            $rows[$i].action | Should -BeExactly $records[$i].Action
            $rows[$i].actor_id | Should -BeExactly $records[$i].ActorId
            $rows[$i].resource_id | Should -BeExactly $records[$i].ResourceId
            $rows[$i].outcome | Should -Be ($records[$i].Outcome ?? 'Unknown')
            if ($i) { $rows[$i].prev | Should -Be $records[$i - 1].LeafHash }
            [long]$rows[$i].us | Should -Be ([long][math]::Floor(($records[$i].Time.UtcTicks - [datetime]::UnixEpoch.Ticks) / 10))
        }
    }

    It 'answers every question of the document' {
        $answers = Read-Sql $segments $questions
        $answers.Count | Should -Be 6
        foreach ($answer in $answers) { $answer.Count | Should -BeGreaterThan 0 }
        $touched = $records | Where-Object ResourceId -EQ 's3://tannholm-payroll/2026-03/run-0312.csv'
        $answers[0].seq | Should -Be $touched.Sequence
        $failed = $records | Where-Object Outcome -In Denied, Failure
        ($answers[1].events | Measure-Object -Sum).Sum | Should -Be @($failed).Count
        $busiest = Get-AuditSummary $log.Log -From 1 -By Hour | Sort-Object Records -Descending | Select-Object -First 1
        $answers[2][0].events | Should -Be $busiest.Records
        [datetime]$answers[2][0].hour | Should -Be ([datetime]$busiest.Value)
        $answers[5][0].missing | Should -Be 0
    }

    It 'believes what was altered, as the document says' {
        $copy = Join-Path $folder altered
        Copy-Item $log.Log $copy -Recurse
        $newest = Get-ChildItem "$copy/segments" | Sort-Object Name | Select-Object -First 1
        Remove-Item $newest
        $row = (Read-Sql "$copy/segments/*.jsonl.gz" 'SELECT count(*) AS n FROM records')[0][0]
        $row.n | Should -BeLessThan $records.Count
        Test-AuditChain $copy -Checkpoint (Get-AuditLog $log.Log).Checkpoint -Quiet | Should -BeFalse
    }
}
