using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>
/// Each limit on what comes before anybody has proved anything, on each way that a hello can take: at the limit and beyond.
/// </summary>
public sealed class LimitPathsTests
{
    private const int MaxMessage = 8 * 1024;
    private const int MaxBeforeHello = 4 * 1024;

    /// <summary>The ways of a hello through a server.</summary>
    public enum Way
    {
        Straight,
        ByName,
        ByChoice,
        ByLateChoice,
        WithTape,
        AfterRetry,
        WithEarlyData,
    }

    [Test]
    public void The_largest_message_is_taken_and_one_byte_more_is_not([Values] Way way, [Values] bool isBeyond)
    {
        using var server = new Waiting(way, new TlsLimits { MaxHandshakeMessageSize = MaxMessage });
        var hello = server.Hello();

        var fault = server.Take(Messages.Record(22, Padded(hello, MaxMessage + 4 + (isBeyond ? 1 : 0))));

        Assert.That(fault?.Message, isBeyond ? Does.Contain($"MaxHandshakeMessageSize ({MaxMessage})") : Is.Null);
        Assert.That(server.IsAnswered, Is.EqualTo(!isBeyond));
    }

    [Test]
    public void A_hello_that_trickles_is_awaited_up_to_the_limit(
        [Values(Way.Straight, Way.ByName, Way.ByChoice, Way.ByLateChoice, Way.WithTape, Way.WithEarlyData)] Way way, [Values] bool isBeyond)
    {
        // Not after a retry: the first message was there in full.
        using var server = new Waiting(way, new TlsLimits { MaxBytesBeforeHello = MaxBeforeHello });
        var hello = Padded(server.Hello(), 3 * MaxBeforeHello);

        // Records of one byte have six.
        var fault = server.Take([.. hello.Take(MaxBeforeHello / 6 + (isBeyond ? 1 : 0)).SelectMany(one => Messages.Record(22, one))]);

        Assert.That(fault?.Message, isBeyond ? Does.Contain($"MaxBytesBeforeHello ({MaxBeforeHello})") : Is.Null);
    }

    [Test]
    public void Change_cipher_spec_behind_a_hello_is_borne_up_to_the_limit([Values] Way way, [Values] bool isBeyond)
    {
        using var server = new Waiting(way, new TlsLimits { MaxRecordsWithoutProgress = 5 });
        server.Take(Messages.Record(22, server.Hello()));
        Assert.That(server.IsAnswered, Is.True);

        var fault = server.Take([.. Enumerable.Range(0, isBeyond ? 6 : 5).SelectMany(_ => Messages.Record(20, 1))]);

        Assert.That(fault?.Message, isBeyond ? Does.Contain("MaxRecordsWithoutProgress (5)") : Is.Null);
    }

    [Test]
    public void A_chain_of_a_client_is_limited([Values] Way way, [Values] bool isBeyond)
    {
        using var server = new Waiting(way, new TlsLimits { MaxCertificateChainLength = isBeyond ? 1 : 2 });

        var fault = server.Finish();

        Assert.That(fault?.Message, isBeyond ? Does.Contain("MaxCertificateChainLength") : Is.Null);
    }

    [Test]
    public void Tickets_are_tried_up_to_the_limit_and_then_there_is_a_full_handshake(
        [Values(Way.Straight, Way.ByName, Way.ByChoice, Way.ByLateChoice, Way.WithTape, Way.WithEarlyData)] Way way)
    {
        // Not after a retry: a second hello has no keys that the first had not.
        var ring = new OthersTickets();
        using var server = new Waiting(way, new TlsLimits { MaxTicketsTried = 3 }, ring);
        var hello = HelloEditor.Change(server.Hello(), editor =>
        {
            editor.Set(45, 1, 1);
            editor.Set(41, [.. Keys(count: 10, size: 40, behind: 4), .. Keys(count: 10, size: 32, behind: 0, sizeOfSize: 1)]);
        });

        var fault = server.Take(Messages.Record(22, hello));

        Assert.That(fault, Is.Null);
        Assert.That(server.IsAnswered, Is.True);
        Assert.That(ring.Presented, Is.EqualTo(3));
    }

    private static byte[] Keys(int count, int size, int behind, int sizeOfSize = 2) => Messages.Vector16(
    [
        .. Enumerable.Range(0, count).SelectMany(i => (byte[])
            [.. sizeOfSize == 2 ? [0, (byte)size] : (byte[])[(byte)size], .. Enumerable.Repeat((byte)i, size), .. new byte[behind]]),
    ]);

    private sealed class OthersTickets : ITicketKeyRing
    {
        public int Presented { get; private set; }

        public byte[] Seal(ReadOnlySpan<byte> state) => [.. state];

        public byte[]? Open(ReadOnlySpan<byte> ticket)
        {
            Presented++;
            return null;
        }
    }

    private static byte[] Padded(byte[] hello, int size) => HelloEditor.Change(hello, editor =>
    {
        // RFC 7685: what a second hello may have and a first had not.
        editor.Remove(21);
        var most = size - editor.Write().Length - 4;
        editor.Extensions.Insert(0, (21, new byte[most]));
    });

    /// <summary>A server on its way, and a client of ours that speaks to it.</summary>
    private sealed class Waiting : IDisposable
    {
        private readonly CorePair _pair;
        private readonly Way _way;
        private TlsDecision<TlsServerChoice>? _open;

        public Waiting(Way way, TlsLimits limits, ITicketKeyRing? tickets = null)
        {
            _way = way;
            _pair = new CorePair(
                CorePair.Options() with { Credential = TestCertificates.Client },
                On(new TlsServerOptions
                {
                    Credential = TestCertificates.Server, Limits = limits, ClientCertificates = ClientCertificateMode.Request,
                    ClientVerification = TestCertificates.Verification, TicketKeys = tickets,
                }));
        }

        public bool IsAnswered { get; private set; }

        /// <summary>The hello that is looked at: the second one where there is a retry.</summary>
        public byte[] Hello()
        {
            _pair.Client.StepHandshake();
            if (_way == Way.AfterRetry)
            {
                _pair.ToServer();
                Assert.That(Step(), Is.Null);
                IsAnswered = false;
                _pair.ToClient();
                _pair.Client.StepHandshake();
            }

            var hello = LastHello(_pair.ClientOut.Readable.ToArray());
            _pair.ClientOut.Clear();
            return _way != Way.WithEarlyData ? hello : HelloEditor.Change(hello, editor => editor.Set(42));
        }

        public TlsException? Take(byte[] bytes)
        {
            _pair.ServerIn.Write(bytes);
            return Step();
        }

        /// <summary>Goes through all of a handshake.</summary>
        public TlsException? Finish()
        {
            for (var round = 0; round < 6; round++)
            {
                _pair.Client.StepHandshake();
                _pair.ToServer();
                if (Step() is { } fault)
                    return fault;
                _pair.ToClient();
            }

            Assert.That(_pair.Server.IsEstablished, Is.True);
            return null;
        }

        public void Dispose() => _pair.Dispose();

        private TlsException? Step()
        {
            try
            {
                while (_pair.Server.StepHandshake() == CoreStatus.WantDecision)
                    _open!.Complete(TlsServerChoice.Default);
                IsAnswered |= _pair.ServerOut.Readable is [22, ..];
                return null;
            }
            catch (TlsException e)
            {
                return e;
            }
        }

        private TlsServerOptions On(TlsServerOptions options)
        {
            switch (_way)
            {
                case Way.ByName:
                    var names = new TlsServerNames();
                    names.Set(TestCertificates.Host, options with { });
                    return options with { Names = names };
                case Way.ByChoice:
                    return options with { Choose = TlsDecisions.AtOnce<TlsClientHello, TlsServerChoice>(_ => TlsServerChoice.Default) };
                case Way.ByLateChoice:
                    return options with { Choose = (_, decision) => _open = decision };
                case Way.WithTape:
                    var own = TestCertificates.Server;
                    return options with { Credential = new TlsCredential(own.Certificate, new AtOnce(own), own.Intermediates) };
                case Way.AfterRetry:
                    return options with { Policy = TlsPolicy.Default with { Groups = [TlsNamedGroup.Secp384r1] } };
                default:
                    return options;
            }
        }

        private static byte[] LastHello(byte[] output)
        {
            byte[] last = [];
            for (var at = 0; at < output.Length;)
            {
                var size = output[at + 3] << 8 | output[at + 4];
                if (output[at] == 22)
                    last = output[(at + 5)..(at + 5 + size)];
                at += 5 + size;
            }

            return last;
        }

        /// <summary>A signer that answers at once; the handshake keeps its tape all the same.</summary>
        private sealed class AtOnce(TlsCredential credential) : ITlsSigner
        {
            public void Sign(TlsSignatureScheme scheme, ReadOnlyMemory<byte> hash, TlsDecision<ReadOnlyMemory<byte>> decision)
            {
                using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(
                    credential.Certificate)!;
                decision.Complete(key.SignHash(hash.Span, System.Security.Cryptography.DSASignatureFormat.Rfc3279DerSequence));
            }
        }
    }
}
