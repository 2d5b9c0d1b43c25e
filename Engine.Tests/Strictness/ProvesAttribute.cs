namespace TlsFsm.Tests.Strictness;

/// <summary>Names the rows of the alert table that a test proves: it plays the fault, and the peer that did it sees the alert.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class ProvesAttribute(params string[] faults) : Attribute
{
    public IReadOnlyList<string> Faults => faults;
}
