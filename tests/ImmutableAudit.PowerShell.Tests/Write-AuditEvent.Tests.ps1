Describe 'Write-AuditEvent' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $me = [Environment]::UserDomainName -ne [Environment]::MachineName ? "$([Environment]::UserName)@$([Environment]::UserDomainName)" : [Environment]::UserName

        # Writes to a new log and gives what is in it behind the log's own record.
        function Read-Written {
            param([Parameter(ValueFromPipeline)]$InputObject, [hashtable]$With = @{})
            begin { $all = [Collections.Generic.List[object]]::new() }
            process { $all.Add($InputObject) }
            end {
                $log = New-TestLog
                $all | Write-AuditEvent -Log $log.Log @With
                if ((Get-AuditLog $log.Log).Records -gt 1) { Get-AuditEvent $log.Log -From 1 }
            }
        }
    }

    Context 'from parameters' {
        It 'writes one event with every member' {
            $log = New-TestLog
            $time = [datetimeoffset]'2026-01-02T03:04:05.678Z'
            $receipt = Write-AuditEvent -Log $log.Log -Action s3:GetObject -Time $time -ActorType Service -Actor alice -ActorName Alice -Ip 10.0.0.7 `
                -Session s1 -ResourceType Object -Resource s3://b/k -ResourceName k -Outcome Denied -Reason why -ComputerName h -App a -Data @{ n = 1 } -PassThru
            $receipt.Sequence | Should -Be 1
            $receipt.Lock | Should -Be 'NotPromised'
            $record = Get-AuditEvent $log.Log -Sequence 1
            $record.Time | Should -Be $time
            $record.LeafHash | Should -Be $receipt.LeafHash
            foreach ($pair in @{ Action = 's3:GetObject'; ActorType = 'Service'; ActorId = 'alice'; ActorName = 'Alice'; Ip = '10.0.0.7'; Session = 's1'; ResourceType = 'Object'
                ResourceId = 's3://b/k'; ResourceName = 'k'; Outcome = 'Denied'; Reason = 'why'; Host = 'h'; App = 'a'; Data = '{"n":1}' }.GetEnumerator()) {
                $record.($pair.Key) | Should -Be $pair.Value -Because $pair.Key
            }
        }

        It 'says who and where the caller is where nothing else does' {
            $log = New-TestLog
            Write-AuditEvent -Log $log.Log test:Mine
            $record = Get-AuditEvent $log.Log -Sequence 1
            $record.ActorType | Should -Be 'User'
            $record.ActorId | Should -Be $me
            $record.Host | Should -Be ([Environment]::MachineName)
            ([datetimeoffset]::UtcNow - $record.Time).TotalMinutes | Should -BeLessThan 1
        }

        It 'takes the log of the environment' {
            $env:IMMUTABLEAUDIT_LOG = (New-TestLog).Log
            try { (Write-AuditEvent -Action test:Env -PassThru).Log | Should -Be $env:IMMUTABLEAUDIT_LOG }
            finally { $env:IMMUTABLEAUDIT_LOG = $null }
        }
    }

    Context 'from a pipeline' {
        It 'takes custom objects by any case and alias' {
            $record = [pscustomobject]@{ ACTION = 'a:b'; user = 'bob'; Target = 't'; computername = 'c'; outcome = 'failure' } | Read-Written
            $record.Action, $record.ActorId, $record.ResourceId, $record.Host, $record.Outcome | Should -Be 'a:b', 'bob', 't', 'c', 'Failure'
            $record.Data | Should -BeNullOrEmpty
        }

        It 'keeps every unknown member as data, in each shape of object' {
            $records = @(
                [pscustomobject]@{ Action = 'a'; Bytes = 7; Region = 'eu' }
                [pscustomobject]@{ Action = 'b'; Other = $true }
                [pscustomobject]@{ Region = 'us'; Action = 'c'; When = [datetime]::new(2026, 1, 2, 3, 4, 5, [DateTimeKind]::Utc) }
                [pscustomobject]@{ Action = 'd' } | Add-Member -NotePropertyName Late -NotePropertyValue 1.5 -PassThru
            ) | Read-Written
            $records.Data | Should -Be '{"Bytes":7,"Region":"eu"}', '{"Other":true}', '{"Region":"us","When":"2026-01-02T03:04:05.0000000Z"}', '{"Late":1.5}'
        }

        It 'keeps members that were added by scripts and by type data' {
            $plain = [pscustomobject]@{ Action = 'a'; n = 20 } | Add-Member -MemberType ScriptProperty -Name Twice -Value { $this.n * 2 } -PassThru
            Update-TypeData -TypeName ImmutableAudit.Tests.Typed -MemberType ScriptProperty -MemberName Thrice -Value { $this.n * 3 } -Force
            $typed = [pscustomobject]@{ PSTypeName = 'ImmutableAudit.Tests.Typed'; Action = 'b'; n = 20 }
            try {
                $records = $plain, $typed, $plain, ([pscustomobject]@{ Action = 'c'; n = 1 }) | Read-Written
                $records.Data | Should -Be '{"n":20,"Twice":40}', '{"n":20,"Thrice":60}', '{"n":20,"Twice":40}', '{"n":1}'
            }
            finally { Remove-TypeData -TypeName ImmutableAudit.Tests.Typed }
        }

        It 'gives the same for objects whose members were listed before' {
            $object = [pscustomobject]@{ Action = 'a'; x = 1 }
            $null = $object.psobject.Properties | Out-String
            $null = $object.pstypenames
            ($object | Read-Written).Data | Should -Be '{"x":1}'
        }

        It 'takes hashtables and ordered dictionaries' {
            $records = @{ Action = 'h'; x = @{ y = 1 } }, ([ordered]@{ b = 2; Action = 'o'; a = 1 }) | Read-Written
            $records.Action | Should -Be 'h', 'o'
            $records.Data | Should -Be '{"x":{"y":1}}', '{"b":2,"a":1}'
        }

        It 'takes JSON texts, flat and as the log writes them' {
            $records = '{"action":"flat","user":"u","n":1.50}', '{"action":"nested","actor":{"type":"Role","id":"r","mfa":true},"resource":{"id":"x"},"source":{"host":"h","app":"p"},"data":{"k":[1,null]}}' | Read-Written
            $records[0].ActorId | Should -Be 'u'
            $records[0].Data | Should -Be '{"n":1.50}'
            $records[1].ActorType, $records[1].ActorId, $records[1].ResourceId, $records[1].Host, $records[1].App | Should -Be 'Role', 'r', 'x', 'h', 'p'
            $records[1].Data | Should -Be '{"k":[1,null],"actor":{"mfa":true}}'
        }

        It 'takes events of the core' {
            $made = [ImmutableAudit.Events.AuditEvent]@{ Action = 'made'; ResourceId = 'x' }
            $record = $made | Read-Written -With @{ App = 'const' }
            $record.Action, $record.ResourceId, $record.App, $record.ActorId | Should -Be 'made', 'x', 'const', $me
        }

        It 'takes any other object by its properties' {
            $record = [version]'1.2.3.4' | Read-Written -With @{ Action = 'a' }
            ($record.Data | ConvertFrom-Json).Minor | Should -Be 2
        }

        It 'applies parameters only where the object has nothing' {
            $records = [pscustomobject]@{ Action = 'own'; App = 'own' }, [pscustomobject]@{ n = 1 } | Read-Written -With @{ Action = 'const'; App = 'const' }
            $records.Action | Should -Be 'own', 'const'
            $records.App | Should -Be 'own', 'const'
        }

        It 'never gives the caller''s name to an event that has an actor of its own, be it empty' {
            $records = [pscustomobject]@{ Action = 'a'; User = '' }, [pscustomobject]@{ Action = 'b'; ActorName = 'Bob' }, [pscustomobject]@{ Action = 'c'; Ip = '10.0.0.1' } | Read-Written
            $records[0].ActorId | Should -BeNullOrEmpty
            $records[1].ActorId | Should -BeNullOrEmpty
            $records[2].ActorId | Should -Be $me
        }

        It 'prefers a member''s own name to an alias, and keeps both' {
            $records = [pscustomobject]@{ Action = 'a'; User = 'alias'; ActorId = 'own' }, [pscustomobject]@{ Action = 'b'; ActorId = 'own'; User = 'alias' } | Read-Written
            $records.ActorId | Should -Be 'own', 'own'
            $records.Data | Should -Be '{"User":"alias"}', '{"User":"alias"}'
        }

        It 'keeps nested objects and lists of them' {
            $record = [pscustomobject]@{ Action = 'a'; Deep = [pscustomobject]@{ List = @([pscustomobject]@{ x = 1 }, 'two', $null); Day = [dayofweek]::Monday; Id = [guid]::Empty } } | Read-Written
            $record.Data | Should -Be '{"Deep":{"List":[{"x":1},"two",null],"Day":"Monday","Id":"00000000-0000-0000-0000-000000000000"}}'
        }

        It 'takes what a command without output gives for nothing' {
            $record = [pscustomobject]@{ Action = 'a'; Reason = & { }; Other = & { }; Time = & { }; Data = & { } } | Read-Written
            $record.Reason | Should -BeNullOrEmpty
            $record.Data | Should -Be '{"Other":null}'
        }

        It 'puts Data together with unknown members' {
            $records = [pscustomobject]@{ Action = 'a'; Data = '{"k":1.0}'; x = 2 }, [pscustomobject]@{ Action = 'b'; Data = 'plain text' }, [pscustomobject]@{ Action = 'c'; Data = @{ k = 1 } } | Read-Written
            $records.Data | Should -Be '{"k":1.0,"x":2}', '{"Data":"plain text"}', '{"k":1}'
        }

        It 'reads times in <Name>' -ForEach @(
            @{ Name = 'UTC text'; Value = '2026-11-21T20:38:00.1234567Z'; Ticks = ([datetimeoffset]'2026-11-21T20:38:00.1234567Z').UtcTicks }
            @{ Name = 'text with an offset'; Value = '2026-11-21T22:38:00+02:00'; Ticks = ([datetimeoffset]'2026-11-21T20:38:00Z').UtcTicks }
            @{ Name = 'a DateTime of UTC'; Value = [datetime]::new(2026, 1, 1, 0, 0, 0, [DateTimeKind]::Utc); Ticks = [datetime]::new(2026, 1, 1).Ticks }
            @{ Name = 'a local DateTime'; Value = [datetime]::new(2026, 1, 1, 0, 0, 0, [DateTimeKind]::Local); Ticks = [datetime]::new(2026, 1, 1, 0, 0, 0, [DateTimeKind]::Local).ToUniversalTime().Ticks }
        ) {
            ([pscustomobject]@{ Action = 'a'; Time = $Value } | Read-Written).Time.UtcTicks | Should -Be $Ticks
        }

        It 'takes what Import-Csv gives' {
            $records = "time,user,action,bytes`n2026-01-01T00:00:00Z,alice,s3:GetObject,17`n2026-01-01T00:00:01Z,,s3:PutObject,`"`"" | ConvertFrom-Csv | Read-Written
            $records.Action | Should -Be 's3:GetObject', 's3:PutObject'
            $records.Data | Should -Be '{"bytes":"17"}', '{"bytes":""}'
        }
    }

    Context 'where something is wrong' {
        It 'refuses <Name>, tells which, and goes on' -ForEach @(
            @{ Name = 'an event without an action'; Bad = @{ User = 'x' }; Id = 'EventInvalid' }
            @{ Name = 'a reserved action'; Bad = @{ Action = 'immutableaudit:LogClosed' }; Id = 'EventInvalid' }
            @{ Name = 'an outcome that is none'; Bad = @{ Action = 'a'; Outcome = 'maybe' }; Id = 'EventInvalid' }
            @{ Name = 'a time that is none'; Bad = @{ Action = 'a'; Time = 'yesterday-ish' }; Id = 'EventInvalid' }
            @{ Name = 'a list for a text'; Bad = @{ Action = 'a'; Resource = 1, 2 }; Id = 'EventInvalid' }
            @{ Name = 'members equal but for case'; Bad = '{"action":"a","x":1,"X":2}'; Id = 'EventInvalid' }
            @{ Name = 'half of a surrogate pair'; Bad = @{ Action = "a$([char]0xD800)" }; Id = 'EventInvalid' }
            @{ Name = 'a text that is not JSON'; Bad = 'hello'; Id = 'EventInvalid' }
            @{ Name = 'a JSON text that is no object'; Bad = '[1]'; Id = 'EventInvalid' }
            @{ Name = 'an event that is too large'; Bad = @{ Action = 'a'; Blob = 'x' * 70000 }; Id = 'EventTooLarge' }
        ) {
            $log = New-TestLog
            @{ Action = 'before' }, $Bad, @{ Action = 'after' } | Write-AuditEvent -Log $log.Log -ErrorVariable failures -ErrorAction SilentlyContinue
            $failures | Should -HaveCount 1
            Get-ErrorId $failures[0] | Should -Be $Id
            [object]::ReferenceEquals($failures[0].TargetObject, $Bad) -or "$($failures[0].TargetObject)" -eq "$Bad" | Should -BeTrue
            (Get-AuditEvent $log.Log -From 1).Action | Should -Be 'before', 'after'
        }

        It 'refuses an object that contains itself' {
            $log = New-TestLog
            $loop = @{ Action = 'a' }; $loop.Self = $loop
            $loop | Write-AuditEvent -Log $log.Log -ErrorVariable failures -ErrorAction SilentlyContinue
            Get-ErrorId $failures[0] | Should -Be 'EventInvalid'
        }

        It 'ends at once where the caller wants errors to end the pipeline' {
            $log = New-TestLog
            { @{ User = 'x' }, @{ Action = 'after' } | Write-AuditEvent -Log $log.Log -ErrorAction Stop } | Should -Throw -ErrorId 'EventInvalid*'
        }

        It 'says that the key is missing' {
            $log = New-TestLog
            Remove-Item "$env:IMMUTABLEAUDIT_HOME/known-logs.json"
            $failure = { Write-AuditEvent -Log $log.Log -Action a } | Should -Throw -PassThru
            Get-ErrorId $failure | Should -Be 'KeyNotGiven'
        }

        It 'refuses <Name>' -ForEach @(
            @{ Name = 'a key of another log'; Id = 'KeyNotInForce'; Make = { $null = New-AuditKey TestDrive:/foreign.key -WarningAction Ignore; @{ Key = 'TestDrive:/foreign.key' } } }
            @{ Name = 'a missing key'; Id = 'KeyNotFound'; Make = { @{ Key = 'TestDrive:/none.key' } } }
            @{ Name = 'a missing log'; Id = 'AuditLogNotFound'; Make = { $null = New-AuditKey TestDrive:/any.key -WarningAction Ignore; @{ Log = 'TestDrive:/none'; Key = 'TestDrive:/any.key' } } }
        ) {
            $arguments = & $Make
            if (-not $arguments.Log) { $arguments.Log = (New-TestLog).Log }
            Get-ErrorId ({ Write-AuditEvent -Action a @arguments } | Should -Throw -PassThru) | Should -Be $Id
        }

        It 'says that the disk is full, what is written and what is not' -Skip:(-not $IsLinux -or (id -u) -ne 0) {
            $mount = (New-Item -ItemType Directory TestDrive:/small).FullName
            mount -t tmpfs -o size=1m none $mount
            try {
                $key = (New-AuditKey TestDrive:/small.key -WarningAction Ignore).Path
                $log = New-AuditLog "$mount/log" -Key $key
                $random = [random]::new(1); $bytes = [byte[]]::new(3000)
                $failure = { 1..2000 | ForEach-Object { $random.NextBytes($bytes); @{ Action = 'fill'; Blob = [Convert]::ToBase64String($bytes) } } | Write-AuditEvent -Log $log.Log } | Should -Throw -PassThru
                Get-ErrorId $failure | Should -Be 'DiskFull'
                $facts = $failure.Exception.Data
                $facts.Acknowledged + $facts.InDoubt + $facts.NotWritten | Should -BeGreaterThan 0
                (Get-AuditLog $log.Log).Records - 1 | Should -Be $facts.Acknowledged
                Test-AuditChain $log.Log -Quiet | Should -BeTrue
            }
            finally { umount $mount }
        }

        It 'stops where a foreign file lies on the next name' {
            $log = New-TestLog
            Set-Content "$($log.Log)/segments/999999999999999998-1.jsonl.gz" 'garbage'
            $failure = { Write-AuditEvent -Log $log.Log -Action a } | Should -Throw -PassThru
            Get-ErrorId $failure | Should -Be 'AuditLogEndInDoubt'
        }

        It 'shows no passphrase in errors and verbose words' {
            $null = New-AuditKey TestDrive:/hidden.key -Passphrase (ConvertTo-Secret 'open sesame')
            $log = New-AuditLog TestDrive:/hidden -Key TestDrive:/hidden.key -Passphrase (ConvertTo-Secret 'open sesame')
            $words = & { Write-AuditEvent -Log $log.Log -Action a -Passphrase (ConvertTo-Secret 'open sesame') -Verbose; try { Write-AuditEvent -Log $log.Log -Action a -Passphrase (ConvertTo-Secret 'open sesam') } catch { $_ | Format-List -Force | Out-String } } *>&1 | Out-String
            $words | Should -Match 'events are in'
            $words | Should -Not -Match 'open sesam'
            Get-Content "$env:IMMUTABLEAUDIT_HOME/known-logs.json" -Raw | Should -Not -Match 'sesam|PRIVATE'
        }
    }
}
