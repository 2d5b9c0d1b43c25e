using System.Reflection;

namespace TlsFsm.Tests.Connection;

/// <summary>
/// A call from elsewhere than the loop is refused before it has done anything: every public member that does something, on an established
/// connection with data, which is used afterwards.
/// </summary>
[TestFixture]
internal sealed class LoopAffinityTests
{
    private static readonly Dictionary<string, Action<TestConnection>> Calls = new()
    {
        ["TlsTransport.Write"] = test => test.Transport.Write("stray"u8),
        ["TlsTransport.WriteLines"] = test => test.Transport.WriteLines(["stray"u8.ToArray()]),
        ["TlsTransport.WriteEof"] = test => test.Transport.WriteEof(),
        ["TlsTransport.PauseReading"] = test => test.Transport.PauseReading(),
        ["TlsTransport.ResumeReading"] = test => test.Transport.ResumeReading(),
        ["TlsTransport.Close"] = test => test.Transport.Close(),
        ["TlsTransport.Abort"] = test => test.Transport.Abort(),
        ["TlsTransport.Abort(alert)"] = test => test.Transport.Abort(TlsAlert.AccessDenied),
        ["TlsTransport.SetWriteBufferLimits"] = test => test.Transport.SetWriteBufferLimits(high: 0),
        ["TlsTransport.SetReadBufferLimits"] = test => test.Transport.SetReadBufferLimits(high: 0),
        ["TlsTransport.set_Protocol"] = test => test.Transport.Protocol = new RecordingApplication([]),
        ["TlsTransport.set_Progressed"] = test => test.Transport.Progressed = () => { },
        ["TlsConnection.ConnectionMade"] = test => test.Connection.ConnectionMade(test.Lower),
        ["TlsConnection.GetBuffer"] = test => test.Connection.GetBuffer(1),
        ["TlsConnection.BufferUpdated"] = test => test.Connection.BufferUpdated(1),
        ["TlsConnection.DataReceived"] = test => test.Connection.DataReceived(Toy.Data("stray")),
        ["TlsConnection.EofReceived"] = test => test.Connection.EofReceived(),
        ["TlsConnection.ConnectionLost"] = test => test.Connection.ConnectionLost(null),
        ["TlsConnection.PauseWriting"] = test => test.Connection.PauseWriting(),
        ["TlsConnection.ResumeWriting"] = test => test.Connection.ResumeWriting(),
        ["TlsConnection.ExportKeyingMaterial"] = test => test.Connection.ExportKeyingMaterial("label", null, 16),
        ["TlsConnection.GetChannelBinding"] = test => test.Connection.GetChannelBinding(TlsChannelBinding.TlsExporter),
        ["TlsConnection.UpdateKeys"] = test => test.Connection.UpdateKeys(requestPeer: true),
        ["TlsConnection.Unwrap"] = test => test.Connection.Unwrap(new RecordingApplication([])),
        ["TlsConnection.TakeUnread"] = test => test.Connection.TakeUnread(),
        ["TlsConnection.Detach"] = test => test.Connection.Detach(new RecordingApplication([])),
        ["TlsConnection.ContinueAfterHandshake"] = test => test.Connection.ContinueAfterHandshake(),
        ["TlsConnection.set_Transitioned"] = test => test.Connection.Transitioned = _ => { },
        ["TlsConnection.set_FlowPaused"] = test => test.Connection.FlowPaused = _ => { },
        ["TlsConnection.set_Id"] = test => test.Connection.Id = "refused",
        ["TlsConnection.set_MessageObserver"] = test => test.Connection.MessageObserver = _ => { },
    };

    /// <summary>These answer, and change nothing, so they may be asked from anywhere; a factory has no connection yet.</summary>
    private static readonly string[] Answers =
        ["ToString", "GetExtraInfo", "Upgrade", "Equals", "GetHashCode", "GetType"];

    [TestCaseSource(nameof(Calls))]
    public void A_call_from_elsewhere_is_refused_and_has_done_nothing(KeyValuePair<string, Action<TestConnection>> call)
    {
        var test = TestConnection.Wrapped();
        test.Transport.PauseReading();
        test.Receive(Toy.Data("waits"));
        var before = Describe(test);

        test.Loop.IsOnLoop = false;
        Assert.That(() => call.Value(test), Throws.InvalidOperationException.With.Message.Contains("event loop"));
        test.Loop.IsOnLoop = true;
        test.Run();

        Assert.That(Describe(test), Is.EqualTo(before));
        test.AssertEvents();
        test.Transport.Write("still works"u8);
        test.Transport.ResumeReading();
        test.Run();
        test.Transport.Close();
        test.Receive(Toy.CloseNotify);
        test.Run();
        test.AssertEvents("tx d:still works", "data waits", "tx c", "eof", "transport closes", "lost: none");
    }

    [Test]
    public void Every_public_member_is_in_the_table_or_only_answers()
    {
        var members = from type in new[] { typeof(TlsConnection), typeof(TlsTransport) }
                      from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static)
                      where !method.Name.StartsWith("get_", StringComparison.Ordinal) && !Answers.Contains(method.Name)
                      select $"{type.Name}.{method.Name}";

        Assert.That(Calls.Keys.Select(name => name.Split('(')[0]).Distinct(), Is.EquivalentTo(members.Distinct()));
    }

    private static string Describe(TestConnection test) => string.Join(' ',
        test.Connection, test.Transport.WriteBufferSize, test.Transport.ReadBufferSize, test.Transport.IsReading, test.Transport.IsClosing,
        test.Transport.WriteBufferLimits, test.Transport.ReadBufferLimits, test.Connection.Transitions.Count, test.Loop.ArmedTimers);
}
