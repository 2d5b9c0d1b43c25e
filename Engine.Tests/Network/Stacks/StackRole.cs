namespace TlsFsm.Tests.Network.Stacks;

/// <summary>Which side the other stack is.</summary>
public enum StackRole
{
    Client,
    Server,
}
