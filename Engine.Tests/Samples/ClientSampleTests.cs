using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Security.Authentication;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Net.Smtp;
using MimeKit;
using MQTTnet;
using StackExchange.Redis;
using TlsFsm.Samples.Clients;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Http;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Samples;

/// <summary>Client libraries over our TLS, each against the server that people run.</summary>
[Category("Network")]
[CancelAfter(120_000)]
public sealed class ClientSampleTests
{
    private static readonly TlsClientOptions Options = new()
    {
        TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification,
    };

    private static PemFiles Files => PemFiles.Of(TestCertificates.Server);

    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public async Task MQTTnet_talks_to_mosquitto_with_a_pre_shared_key(SslProtocols version)
    {
        byte[] key = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
        await using var broker = await RealServer.StartAsync(
            "mosquitto",
            (folder, port) =>
            {
                File.WriteAllText(Path.Combine(folder, "keys"), $"device:{Convert.ToHexString(key)}\n");
                return $"""
                    listener {port} 127.0.0.1
                    psk_hint a hint
                    psk_file {folder}/keys
                    use_identity_as_username true
                    allow_anonymous true
                    user root

                    """;
            },
            (file, _) => ["-c", file]);
        var options = new TlsClientOptions
        {
            TargetHost = "broker.example",
            EnabledProtocols = version,
            Psks = [new TlsPsk("device"u8, key)],
            Policy = TlsPolicy.Default with
            {
                CipherSuites = [TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_PSK_WITH_AES_128_GCM_SHA256],
            },
        };
        using var client = new MqttClientFactory().CreateMqttClient(new MqttOverTlsFsm("127.0.0.1", broker.Port, options));
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ApplicationMessageReceivedAsync += message =>
        {
            received.TrySetResult(message.ApplicationMessage.ConvertPayloadToString());
            return Task.CompletedTask;
        };

        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("broker.example").Build()).WaitAsync(Wait.Limit);
        await client.SubscribeAsync("news").WaitAsync(Wait.Limit);
        await client.PublishStringAsync("news", "hello").WaitAsync(Wait.Limit);

        Assert.That(await received.Task.WaitAsync(Wait.Limit), Is.EqualTo("hello"));
        await client.DisconnectAsync().WaitAsync(Wait.Limit);
    }

    [Test]
    public async Task StackExchange_Redis_talks_to_redis_with_a_client_certificate()
    {
        await using var server = await RealServer.StartAsync(
            "redis-server",
            (folder, port) => $"""
                bind 127.0.0.1
                port 0
                tls-port {port}
                tls-cert-file {Files.Chain}
                tls-key-file {Files.Key}
                tls-ca-cert-file {PemFiles.Root}
                tls-auth-clients yes
                save ""
                dir {folder}

                """,
            (file, _) => [file]);
        var configuration = new ConfigurationOptions
        {
            EndPoints = { { "localhost", server.Port } },
            Tunnel = new RedisOverTlsFsm(new TlsClientOptions
            {
                Verification = TestCertificates.Verification, Credential = TestCertificates.Client,
            }),
        };

        await using var redis = await ConnectionMultiplexer.ConnectAsync(configuration).WaitAsync(Wait.Limit);
        var database = redis.GetDatabase();
        await database.StringSetAsync("a", new string('x', 100_000)).WaitAsync(Wait.Limit);

        Assert.That((await database.StringGetAsync("a").WaitAsync(Wait.Limit)).Length(), Is.EqualTo(100_000));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task MailKit_talks_to_dovecot(bool byStartTls)
    {
        if (Environment.UserName != "root")
            Assert.Ignore("dovecot starts its processes as root.");
        await using var server = await RealServer.StartAsync(
            "dovecot",
            (folder, port) =>
            {
                File.WriteAllText(Path.Combine(folder, "users"), "me:{PLAIN}secret:65534:65534::/tmp\n");
                return $$"""
                    base_dir = {{folder}}/run
                    log_path = /dev/stderr
                    protocols = imap
                    listen = 127.0.0.1
                    ssl = required
                    ssl_cert = <{{Files.Chain}}
                    ssl_key = <{{Files.Key}}
                    ssl_min_protocol = TLSv1.2
                    first_valid_uid = 1
                    mail_location = maildir:{{folder}}/mail
                    service imap-login {
                      chroot =
                      inet_listener imap {
                        port = {{(byStartTls ? port : 0)}}
                      }
                      inet_listener imaps {
                        port = {{(byStartTls ? 0 : port)}}
                        ssl = yes
                      }
                    }
                    service anvil {
                      chroot =
                    }
                    service stats {
                      chroot =
                    }
                    passdb {
                      driver = passwd-file
                      args = {{folder}}/users
                    }
                    userdb {
                      driver = passwd-file
                      args = {{folder}}/users
                    }

                    """;
            },
            (file, _) => ["-F", "-c", file]);
        using var client = new ImapClient { Timeout = (int)Wait.Limit.TotalMilliseconds };

        if (byStartTls)
            await client.ConnectByStartTlsAsync("localhost", server.Port, Options).WaitAsync(Wait.Limit);
        else
            await client.ConnectOverTlsFsmAsync("localhost", server.Port, Options).WaitAsync(Wait.Limit);
        await client.AuthenticateAsync("me", "secret").WaitAsync(Wait.Limit);
        var inbox = await client.Inbox!.OpenAsync(MailKit.FolderAccess.ReadOnly).WaitAsync(Wait.Limit);

        // MailKit's blocking calls go over our stream too.
        client.NoOp();

        Assert.That(inbox, Is.EqualTo(MailKit.FolderAccess.ReadOnly));
        await client.DisconnectAsync(quit: true).WaitAsync(Wait.Limit);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task MailKit_sends_by_SMTP(bool byStartTls)
    {
        await using var server = await StartMailServerAsync("smtp", byStartTls);
        using var client = new SmtpClient { Timeout = (int)Wait.Limit.TotalMilliseconds };
        var mail = new MimeMessage
        {
            From = { new MailboxAddress("we", "we@example.com") },
            To = { new MailboxAddress("you", "you@example.com") },
            Body = new TextPart("plain") { Text = string.Join('\n', Enumerable.Repeat(new string('x', 70), 3000)) },
        };

        await ConnectAsync(client, byStartTls, server.Port);
        var answer = await client.SendAsync(mail).WaitAsync(Wait.Limit);

        Assert.That(answer, Does.Contain("taken"));
        await client.DisconnectAsync(quit: true).WaitAsync(Wait.Limit);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task MailKit_fetches_by_POP3(bool byStartTls)
    {
        await using var server = await StartMailServerAsync("pop3", byStartTls);
        using var client = new Pop3Client { Timeout = (int)Wait.Limit.TotalMilliseconds };

        await ConnectAsync(client, byStartTls, server.Port);
        await client.AuthenticateAsync("me", "secret").WaitAsync(Wait.Limit);
        using var mail = await client.GetMessageAsync(0).WaitAsync(Wait.Limit);

        Assert.That((mail.Subject, mail.TextBody?.TrimEnd()), Is.EqualTo(("news", "hello")));
        await client.DisconnectAsync(quit: true).WaitAsync(Wait.Limit);
    }

    [Test]
    public async Task A_server_that_does_not_start_TLS_is_an_error_that_says_so()
    {
        await using var server = await StartMailServerAsync("pop3", byStartTls: true);
        using var client = new SmtpClient();

        Assert.That(
            () => client.ConnectByStartTlsAsync("localhost", server.Port, Options).WaitAsync(Wait.Limit),
            Throws.InstanceOf<ProtocolException>().With.Message.Contains("does not want to start TLS: +OK here"));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task HttpClient_talks_to_nginx_with_a_client_certificate(int version)
    {
        await using var server = await RealServer.StartAsync(
            "nginx",
            (folder, port) => $$"""
                daemon off;
                master_process off;
                pid {{folder}}/pid;
                error_log stderr;
                events { }
                http {
                  access_log off;
                  client_body_temp_path {{folder}}/body;
                  proxy_temp_path {{folder}}/proxy;
                  fastcgi_temp_path {{folder}}/fastcgi;
                  uwsgi_temp_path {{folder}}/uwsgi;
                  scgi_temp_path {{folder}}/scgi;
                  server {
                    listen 127.0.0.1:{{port}} ssl http2;
                    ssl_certificate {{Files.Chain}};
                    ssl_certificate_key {{Files.Key}};
                    ssl_client_certificate {{PemFiles.Root}};
                    ssl_verify_client on;
                    ssl_verify_depth 3;
                    location / { return 200 "$server_protocol $ssl_client_verify $ssl_server_name"; }
                  }
                }

                """,
            (file, _) => ["-c", file]);
        using var client = HttpClientTests.Client(new TlsClientOptions
        {
            Verification = TestCertificates.Verification, Credential = TestCertificates.Client, SessionCache = new MemorySessionCache(),
        });
        var wanted = new Version(version, version == 1 ? 1 : 0);

        for (var i = 0; i < 3; i++)
        {
            using var answer = await client.SendAsync(
                new HttpRequestMessage(HttpMethod.Get, $"https://localhost:{server.Port}/")
                {
                    Version = wanted, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                }).WaitAsync(Wait.Limit);

            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(
                await answer.Content.ReadAsStringAsync(), Is.EqualTo($"HTTP/{(version == 1 ? "1.1" : "2.0")} SUCCESS localhost"));
        }
    }

    private static Task<RealServer> StartMailServerAsync(string protocol, bool byStartTls) => RealServer.StartAsync(
        "python3",
        (_, _) => "",
        (_, port) =>
        [
            Path.Combine(TestContext.CurrentContext.TestDirectory, "Samples", "mail_server.py"), Files.Chain, Files.Key, protocol,
            byStartTls ? "starttls" : "tls", $"{port}",
        ]);

    private static Task ConnectAsync(IMailService client, bool byStartTls, int port) => (client switch
    {
        SmtpClient smtp when byStartTls => smtp.ConnectByStartTlsAsync("localhost", port, Options),
        Pop3Client pop3 when byStartTls => pop3.ConnectByStartTlsAsync("localhost", port, Options),
        _ => client.ConnectOverTlsFsmAsync("localhost", port, Options),
    }).WaitAsync(Wait.Limit);
}
