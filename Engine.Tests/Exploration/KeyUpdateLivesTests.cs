using System.Security.Authentication;
using TlsFsm.Tests.Core;

namespace TlsFsm.Tests.Exploration;

/// <summary>
/// Keys are updated in any order of events, over the real core: what the toy core of the other explorations cannot show (kind C of
/// failures).
/// </summary>
[TestFixture]
internal sealed class KeyUpdateLivesTests
{
    private const int Lives = 60;
    private const int StepsOfALife = 30;
    private const int UnaskedUpdates = 3;

    // A KeyUpdate with header and protection.
    private const int KeyUpdateSize = 27;

    [Test]
    public void Answers_to_key_updates_are_bounded_whatever_is_asked()
    {
        for (var seed = 0; seed < Lives; seed++)
        {
            using var life = new KeyLife(seed);
            for (var step = 0; step < StepsOfALife; step++)
            {
                life.Step();
                Assert.That(life.CausedByInput, Is.LessThanOrEqualTo(KeyUpdateSize), $"life {seed}: {life}");
            }
        }
    }

    [Test]
    public void Nobody_is_blamed_for_key_updates_that_were_asked_for()
    {
        for (var seed = 0; seed < Lives; seed++)
        {
            using var life = new KeyLife(seed);
            Assert.That(
                () =>
                {
                    for (var step = 0; step < StepsOfALife; step++)
                        life.Step();
                    life.Settle();
                },
                Throws.Nothing, $"life {seed}: {life}");
            Assert.That((life.Received, life.ReceivedByPeer), Is.EqualTo((life.SentByPeer, life.Sent)), $"life {seed}: {life}");
        }
    }

    /// <summary>An established connection of ours, the client's, and a peer that asks as often as it is allowed to.</summary>
    private sealed class KeyLife : IDisposable
    {
        private readonly Random _random;
        private readonly CorePair _pair;
        private readonly List<string> _script = [];
        private readonly bool _peerUpdates;
        private readonly bool _weAsk;
        private int _unasked;

        public KeyLife(int seed)
        {
            _random = new Random(seed);
            // A peer that asks as often as it may, and has been asked, cannot say which of its updates is the answer.
            (_peerUpdates, _weAsk) = (seed % 3 != 0, seed % 3 != 1);
            var client = CorePair.Options(SslProtocols.Tls13);
            _pair = CorePair.Connected(
                new TlsClientOptions
                {
                    TargetHost = client.TargetHost, Verification = client.Verification, EnabledProtocols = SslProtocols.Tls13,
                    Limits = new TlsLimits { MaxKeyUpdatesWithoutData = LimitOfUnasked },
                },
                CorePair.ServerOptions(SslProtocols.Tls13));
        }

        /// <summary>How much of what waits to leave was not our own doing.</summary>
        public int CausedByInput { get; private set; }

        public int Sent { get; private set; }

        public int SentByPeer { get; private set; }

        public int Received { get; private set; }

        public int ReceivedByPeer { get; private set; }

        public void Step()
        {
            switch (_random.Next(7))
            {
                case 0 when _peerUpdates && _unasked < UnaskedUpdates:
                    Note("peer asks");
                    _unasked++;
                    _pair.Server.UpdateKeys(requestPeer: true);
                    break;
                case 1 when _peerUpdates && _unasked < UnaskedUpdates:
                    Note("peer updates");
                    _unasked++;
                    _pair.Server.UpdateKeys(requestPeer: false);
                    break;
                case 2:
                    WriteByPeer();
                    break;
                case 3 when _weAsk:
                    Note("we ask");
                    _pair.Client.UpdateKeys(requestPeer: true);
                    break;
                case 4:
                    Write();
                    break;
                case 5:
                    ArriveAtPeer();
                    break;
                default:
                    Arrive();
                    break;
            }
        }

        /// <summary>All arrives, and both sides still talk.</summary>
        public void Settle()
        {
            Write();
            WriteByPeer();
            for (var turn = 0; turn < 3; turn++)
            {
                ArriveAtPeer();
                Arrive();
            }
        }

        // Who only answers is never unasked; who does both is not held to a limit.
        private int LimitOfUnasked => !_peerUpdates ? 1 : _weAsk ? 2 * StepsOfALife : UnaskedUpdates;

        public void Dispose() => _pair.Dispose();

        public override string ToString() => string.Join(", ", _script);

        private void Write()
        {
            Note("we write");
            Sent++;
            _pair.Client.Write("x"u8);
        }

        private void WriteByPeer()
        {
            Note("peer writes");
            SentByPeer++;
            _unasked = 0;
            _pair.Server.Write("x"u8);
        }

        private void Arrive()
        {
            Note("arrives");
            var before = _pair.ClientOut.Pending;
            _pair.ToClient();
            Received += CorePair.ReadAll(_pair.Client).Length;
            CausedByInput += _pair.ClientOut.Pending - before;
        }

        private void ArriveAtPeer()
        {
            Note("leaves");
            CausedByInput = 0;
            _pair.ToServer();
            ReceivedByPeer += CorePair.ReadAll(_pair.Server).Length;
        }

        private void Note(string what) => _script.Add(what);
    }
}
