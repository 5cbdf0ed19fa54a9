BeforeDiscovery {
    # SECRET is replaced by random values.
    $templates = @(
        'Connect-Thing -Password SECRET', 'Connect-Thing -Password:SECRET -Name x', "Connect-Thing -pass 'SECRET'", 'Connect-Thing -AdminPassword "SECRET" | Out-Null'
        'Connect-Thing -ClientSecret SECRET', 'Connect-Thing -ApiKey SECRET', 'Connect-Thing -SecretKey SECRET', 'Connect-Thing -AccessToken ("SECRET")', 'Connect-Thing -Credential "SECRET"'
        'Connect-Thing -Token @("SECRET", "x")', 'Connect-Thing -Key SECRET', 'Set-Thing -ConnectionString "Server=db;User Id=sa;Password=SECRET;Encrypt=true"'
        'ConvertTo-SecureString SECRET -AsPlainText -Force', 'ConvertTo-SecureString -String "SECRET" -AsPlainText', 'ConvertTo-SecureString -AsPlainText -Force "SECRET"', '"SECRET" | ConvertTo-SecureString -AsPlainText'
        '$password = "SECRET"', "`$env:API_TOKEN = 'SECRET'", '$script:dbPassword = "a" + "SECRET"', '[string]$secret = "SECRET"', '$o.Password = "SECRET"', '$h["token"] = "SECRET"', '$password = SECRET', '$password, $x = "SECRET", 1'
        '@{ Password = "SECRET"; User = "x" }', 'Invoke-Thing @{ "api-key" = "SECRET" }', '$h = @{ Headers = @{ Authorization = "SECRET" } }', '[pscustomobject]@{ ClientSecret = "SECRET" }'
        '[pscredential]::new("me", (ConvertTo-SecureString "SECRET" -AsPlainText))', '[Net.NetworkCredential]::new("me", "SECRET")', 'New-Object System.Net.NetworkCredential("me", "SECRET")', '[Environment]::SetEnvironmentVariable("DB_PASSWORD", "SECRET")'
        'Set-Variable password SECRET', 'Set-Item env:MY_TOKEN SECRET', 'New-Variable -Name apiKey -Value SECRET', 'Set-Secret -Name x -Secret SECRET', 'aws configure set aws_secret_access_key SECRET', 'setx GITHUB_TOKEN SECRET'
        'Invoke-RestMethod https://me:SECRET@example.net/x', 'git clone https://SECRET@example.net/x.git', 'irm "https://example.net/?api_key=SECRET&x=1"', 'irm "https://example.net/x?sig=SECRET"'
        'irm https://x -Headers @{ Authorization = "Bearer SECRET" }', 'curl -H "Authorization: Bearer SECRET" https://x', 'curl -H "X-Api-Key: SECRET" https://x', 'curl -u me:SECRET https://x', 'curl --user me:SECRET https://x', 'curl -ume:SECRET https://x'
        'mysql -u root -pSECRET db', 'mysql --password=SECRET db', "mysql '-pSECRET' db", 'sshpass -p SECRET ssh host', 'sshpass -pSECRET ssh host', '/usr/bin/mysqldump -pSECRET db', 'docker login -u me -p SECRET', '"SECRET" | docker login --password-stdin'
        '"me:SECRET" | chpasswd', 'echo SECRET | sudo -S ls', 'tool --client-secret SECRET', 'tool --token=SECRET', 'tool /password:SECRET', 'tool /p:SECRET', 'plink -pw SECRET host', 'redis-cli -a SECRET', 'ldapsearch -w SECRET', 'openssl enc -k SECRET', 'net use \\host\share SECRET /user:me'
        'bash -c "export DB_PASSWORD=SECRET; run"', ('$x = @"' + "`npassword: SECRET`nuser: me`n`"@"), '# password=SECRET', 'Set-Content x.env "TOKEN=SECRET"', 'Set-Content x.json ''{"password": "SECRET"}''', 'Write-Host "pwd=SECRET"'
        'function f { param($Password = "SECRET") }', 'foo -Password $(if (1) { "SECRET" })', '$ConnectionString = "AccountKey=SECRET;x"', 'irm x -Body @{ client_secret = "SECRET"; a = 1 }'
        'Connect-Thing -Password "SECRET', 'if (1) { $password = "SECRET"', '$token = SECRET )', "& { `$password = 'SECRET", 'mysql -pSECRET "'
    )
    $cases = $templates | ForEach-Object { @{ Template = $_ } }
}

Describe 'Masking a command line' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $random = [Random]::new(4711)
        function New-RandomSecret {
            param([string]$Alphabet = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789')
            -join (1..(10 + $random.Next(30)) | ForEach-Object { $Alphabet[$random.Next($Alphabet.Length)] })
        }
        function Get-Masked { param($Text) [ImmutableAudit.PowerShell.CommandMasker]::MaskCommand($Text) }
    }

    It 'leaves nothing of the secret in: <Template>' -ForEach $cases {
        foreach ($n in 1..5) {
            $secret = New-RandomSecret
            $masked = Get-Masked $Template.Replace('SECRET', $secret)
            $masked | Should -Not -Match ([regex]::Escape($secret)) -Because $masked
            $masked | Should -Match '\*\*\*'
        }
    }

    It 'leaves nothing of a secret with signs in it, where quotes hold it' {
        foreach ($template in "Connect-Thing -Password 'SECRET' -x", "`$token = 'SECRET'; Get-Date", "@{ Password = 'SECRET' }", "ConvertTo-SecureString 'SECRET' -AsPlainText", "tool --password 'SECRET' y", "`$env:PASSWORD='SECRET'") {
            foreach ($n in 1..100) {
                $secret = New-RandomSecret 'abcXYZ0189 !"#$%&()*+,-./:;<=>?@[\]^_{|}~'
                (Get-Masked $template.Replace('SECRET', $secret)).Contains($secret) | Should -BeFalse -Because $secret
            }
        }
    }

    It 'knows secrets by their looks' {
        $jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'
        $key = "-----BEGIN RSA PRIVATE KEY-----`nMIIEow`nabc`n-----END RSA PRIVATE KEY-----"
        foreach ($secret in 'AKIAIOSFODNN7EXAMPLE', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE1', $jwt, $key, 'ghp_16C7e42F292c6912E7710c838347Ae178B4a', 'xoxb-2345-abcdefgh') {
            Get-Masked "Send-It '$secret' to" | Should -Be "Send-It '***' to"
        }
    }

    It 'leaves what is no secret' {
        foreach ($plain in 'Get-ChildItem ./src -Recurse | Select-Object Name', 'Remove-Item /srv/data/x.txt -Force', 'New-AuditLog ./audit -Key ./audit.key', 'git checkout 9e98f7c8ae7cf1eaebf9d11cfabb4818045e8ce9',
            'Get-Process -Id 4711', 'ssh -p 2222 host', 'mkdir -p /srv/x', '$x = 1; $y = "text"', 'irm https://example.net/path?x=1', 'Get-Secret -Name db', 'Invoke-Thing -PasswordFile ./x -Credential $c', '$password = Read-Host -AsSecureString',
            'Test-AuditChain ./audit -TrustedKey $vkey') {
            Get-Masked $plain | Should -Be $plain
        }
    }

    It 'leaves what follows a secret, so that nothing can hide behind one' {
        Get-Masked '$token = "x1234567"; Remove-Item /srv/data' | Should -Be '$token = ***; Remove-Item /srv/data'
        Get-Masked 'tool --token=x1234567 Remove-Item /srv/data' | Should -Be 'tool --token=*** Remove-Item /srv/data'
        Get-Masked 'curl -H "Authorization: Bearer x1234567" https://example.net; Stop-Service x' | Should -Match 'https://example.net; Stop-Service x$'
    }

    It 'never fails' {
        foreach ($text in '', ' ', "`0", '@', "`u{d800}", ('{' * 500), ('$(' * 200), ('"' * 1001), ('a=' * 50000), ('password=' * 5000), ('x' * 300000)) {
            { Get-Masked $text } | Should -Not -Throw
        }
        foreach ($n in 1..300) { { Get-Masked (New-RandomSecret "`"'``(){}[]@`$;|& -=:,.#<>`nab") } | Should -Not -Throw }
    }
}
